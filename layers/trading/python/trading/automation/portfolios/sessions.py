"""Sessions: a portfolio's trading days, and the moves that their statuses may make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trading.automation.rails.models import Block
from trading.ledger.service import Opening
from trading.markets.models import Exchange
from trading.signals.gate import Edge


class Skip(StrEnum):
    """Why a candidate was not bought."""

    BAD_SIGNAL = "bad_signal"
    ABSURD_SIGNAL = "absurd_signal"
    NO_RECENT_BAR = "no_recent_bar"
    TOO_FEW_BARS = "too_few_bars"
    BAD_BARS = "bad_bars"
    UNADJUSTED_SPLIT = "unadjusted_split"
    PRICE_TOO_LOW = "price_too_low"
    VOLUME_TOO_LOW = "volume_too_low"
    RARELY_TRADED = "rarely_traded"
    ILLIQUID = "illiquid"
    TOO_CALM = "too_calm"
    NOT_SCORED = "not_scored"
    SPREAD_TOO_WIDE = "spread_too_wide"
    NOT_TRADABLE = "not_tradable"
    NOT_RISING = "not_rising"
    RETURN_BELOW_COSTS = "return_below_costs"
    LOW_CONFIDENCE = "low_confidence"
    TOO_VOLATILE = "too_volatile"
    TICK_TOO_COARSE = "tick_too_coarse"
    COSTS_TOO_HIGH = "costs_too_high"
    RANKED_OUT = "ranked_out"
    TOO_SMALL = "too_small"
    GAPPED = "gapped"
    NO_QUOTE = "no_quote"
    INSUFFICIENT_CASH = "insufficient_cash"
    TOO_MANY_HOLDINGS = "too_many_holdings"
    MISSED = "missed"
    AUTOMATION_OFF = "automation_off"
    TRADING_PAUSED = "trading_paused"
    BILLING_HOLD = "billing_hold"
    NO_NEW_TRADES = "no_new_trades"
    TRADING_STOPPED = "trading_stopped"
    KILL_SWITCH = "kill_switch"
    OWNER_STOP = "owner_stop"
    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    STOP_GUARD = "stop_guard"
    COOL_DOWN = "cool_down"
    NOTIONAL = "notional"
    RATE = "rate"
    SETTLED_CASH = "settled_cash"
    BROKER_REFUSED = "broker_refused"


@dataclass(frozen=True)
class Skipped:
    """A candidate that was not bought, and why."""

    symbol: str
    reason: Skip


@dataclass(frozen=True)
class SharedSkips:
    """Where the reasons lie that a session has in common with others: from `begin` to `end` of a day's list.

    The list is that of an exchange and a version: first what was ranked, best first, then what was not.
    """

    exchange: Exchange
    version: str
    begin: int
    end: int

    @property
    def count(self) -> int:
        """Return how many reasons these are."""
        return self.end - self.begin


class SessionStatus(StrEnum):
    """The status of a portfolio's trading day.

    On a day of `no_signals` there was nothing to plan by; on one of `no_edge` there was, but nobody proved
    that it earns its costs.
    """

    PLANNED = "planned"
    NO_SIGNALS = "no_signals"
    NO_EDGE = "no_edge"
    MISSED = "missed"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


SESSION_MOVES: Mapping[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.PLANNED: frozenset({SessionStatus.OPEN, SessionStatus.MISSED, SessionStatus.CLOSED}),
    SessionStatus.OPEN: frozenset({SessionStatus.CLOSING, SessionStatus.CLOSED}),
    SessionStatus.CLOSING: frozenset({SessionStatus.CLOSED}),
    SessionStatus.CLOSED: frozenset(),
    SessionStatus.MISSED: frozenset(),
    SessionStatus.NO_SIGNALS: frozenset(),
    SessionStatus.NO_EDGE: frozenset(),
}

SETTLED = frozenset({SessionStatus.NO_SIGNALS, SessionStatus.NO_EDGE, SessionStatus.MISSED, SessionStatus.CLOSED})


@dataclass(frozen=True)
class Session:
    """A portfolio's trading day.

    `opening` is where the ledger stood when the day was planned; `flat` says whether the close was
    proven: no open position, and a ledger that leads to the cash. `skipped` are the portfolio's own
    reasons; `shared_skips` says where those lie that it has in common with others. `blocks` are the rails
    that kept it from buying. `edge` is the mark of the recommendations that it was planned by, None where
    they were pinned.
    """

    trade_date: date
    status: SessionStatus
    opening: Opening
    planned: int = 0
    opened: int = 0
    closed: int = 0
    skipped: tuple[Skipped, ...] = ()
    pnl_cents: int = 0
    flat: bool = False
    shared_skips: SharedSkips | None = None
    blocks: tuple[Block, ...] = ()
    edge: Edge | None = None

    @property
    def skipped_total(self) -> int:
        """Return how many candidates were not bought, for whatever reason."""
        return len(self.skipped) + (self.shared_skips.count if self.shared_skips else 0)
