"""Positions and sessions of a portfolio's trading day, and the moves their statuses may make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.ledger.models import Entry
from trading.ledger.service import Opening
from trading.markets.models import Exchange, PriceSource


class PositionStatus(StrEnum):
    """Where a position stands. `closing` counts as open everywhere."""

    PENDING = "pending"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


POSITION_MOVES: Mapping[PositionStatus, frozenset[PositionStatus]] = {
    PositionStatus.PENDING: frozenset({PositionStatus.OPEN, PositionStatus.CANCELLED}),
    PositionStatus.OPEN: frozenset({PositionStatus.CLOSING, PositionStatus.CLOSED}),
    PositionStatus.CLOSING: frozenset({PositionStatus.CLOSED}),
    PositionStatus.CLOSED: frozenset(),
    PositionStatus.CANCELLED: frozenset(),
}

HELD = frozenset({PositionStatus.OPEN, PositionStatus.CLOSING})
UNFINISHED = HELD | {PositionStatus.PENDING}


class ExitReason(StrEnum):
    """Why a position was closed."""

    TARGET_HIT = "target_hit"
    STOP_HIT = "stop_hit"
    SESSION_CLOSE = "session_close"
    MANUAL = "manual"
    SWEPT = "swept"
    DELISTED = "delisted"


class Skip(StrEnum):
    """Why a candidate was not bought."""

    BAD_SIGNAL = "bad_signal"
    ABSURD_SIGNAL = "absurd_signal"
    UNADJUSTED_SPLIT = "unadjusted_split"
    NOT_TRADABLE = "not_tradable"
    NOT_RISING = "not_rising"
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


class SessionStatus(StrEnum):
    """Where a portfolio's trading day stands."""

    PLANNED = "planned"
    NO_SIGNALS = "no_signals"
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
}

SETTLED = frozenset({SessionStatus.NO_SIGNALS, SessionStatus.MISSED, SessionStatus.CLOSED})


@dataclass(frozen=True)
class Order:
    """One purchase that the planner wants: everything about it that is known before the open.

    `reference_price` is the previous close. Stop and target hang on the fill: they lie
    `stop_distance` below and `target_distance` above it, as shares of 1. `allocation` is in dollars.
    """

    symbol: str
    rank: int
    confidence: Decimal
    predicted_return: Decimal
    reference_price: Decimal
    stop_distance: Decimal
    target_distance: Decimal
    allocation: Decimal
    shares: Decimal
    fractional: bool


@dataclass(frozen=True)
class Skipped:
    """A candidate that was not bought, and why."""

    symbol: str
    reason: Skip


@dataclass(frozen=True)
class Plan:
    """What the planner decided: orders by rank, and a reason for each of the `chosen` candidates without one.

    All that is ranked behind the chosen ones is left out for its rank.
    """

    orders: tuple[Order, ...]
    skipped: tuple[Skipped, ...]
    chosen: int = 0


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


@dataclass(frozen=True)
class Position:
    """One order and what became of it.

    `shares` is what the position still owns, or owned when the close sold it. `cost_cents` and
    `proceeds_cents` are the cash that left and came back, commissions included. `price_at` and
    `price_from` say what its latest fill was decided by: the moment of that price, and whether it was a
    quote, the last trade in its place, or given by hand.
    """

    trade_date: date
    status: PositionStatus
    order: Order
    shares: Decimal
    entry_price: Decimal | None = None
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    cost_cents: int = 0
    proceeds_cents: int = 0
    exit_price: Decimal | None = None
    exit_reason: ExitReason | None = None
    skip: Skip | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    price_at: datetime | None = None
    price_from: PriceSource | None = None

    @property
    def symbol(self) -> str:
        """Return the symbol that the position is in."""
        return self.order.symbol

    @property
    def is_held(self) -> bool:
        """Say whether the position owns shares."""
        return self.status in HELD

    @property
    def was_opened(self) -> bool:
        """Say whether the position was ever filled."""
        return self.opened_at is not None


def last_prices(positions: Iterable[Position]) -> dict[str, Decimal | None]:
    """Return by symbol the price that each position knows: of its entry, or before that the close it was planned by."""
    return {position.symbol: position.entry_price or position.order.reference_price for position in positions}


@dataclass(frozen=True)
class Session:
    """A portfolio's trading day.

    `opening` is where the ledger stood when the day was planned; `flat` says whether the close was
    proven: no open position, and a ledger that leads to the cash. `skipped` are the portfolio's own
    reasons; `shared_skips` tells where those lie that it has in common with others.
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

    @property
    def skipped_total(self) -> int:
        """Return how many candidates were not bought, for whatever reason."""
        return len(self.skipped) + (self.shared_skips.count if self.shared_skips else 0)


@dataclass(frozen=True)
class PortfolioState:
    """A portfolio with its unsettled positions and sessions, read in one consistent request."""

    portfolio: Portfolio
    positions: tuple[Position, ...] = ()
    sessions: tuple[Session, ...] = ()

    @property
    def key(self) -> PortfolioKey:
        """Return the portfolio's key."""
        return self.portfolio.key

    def session(self, trade_date: date) -> Session | None:
        """Return the session of a day."""
        return next((session for session in self.sessions if session.trade_date == trade_date), None)

    def of(self, trade_date: date, *statuses: PositionStatus) -> tuple[Position, ...]:
        """Return a day's positions, by rank, of given statuses or of all."""
        found = (p for p in self.positions if p.trade_date == trade_date and (not statuses or p.status in statuses))
        return tuple(sorted(found, key=lambda position: position.order.rank))

    @property
    def held(self) -> tuple[Position, ...]:
        """Return every position that owns shares, oldest day first."""
        return tuple(sorted((p for p in self.positions if p.is_held), key=lambda p: (p.trade_date, p.order.rank)))


@dataclass(frozen=True)
class Decision:
    """One position moved on, with the journal entry that belongs to it if money moved."""

    before: PositionStatus
    position: Position
    entry: Entry | None = None
