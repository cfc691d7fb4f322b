"""What a back-test takes and what it comes to: days of bars and signals in, trades and equities out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.automation.portfolios.positions import ExitReason
from trading.automation.portfolios.sessions import SessionStatus
from trading.backtest.happenings import NOTHING, Happenings, NotReplayed
from trading.ledger.models import Entry
from trading.markets.models import TradingDay
from trading.signals.models import SignalSet


class PathName(StrEnum):
    """How the prices of a day are assumed to have run.

    `worse_order`: the open; then, where the day's low reached the stop, the stop, else where its high reached
    the target, the target; then the close. `tape`: the quotes that were recorded. `sandbox`: the walk of the
    simulated market, seen every ten minutes.
    """

    WORSE_ORDER = "worse_order"
    TAPE = "tape"
    SANDBOX = "sandbox"


@dataclass(frozen=True)
class DayBar:
    """A day of a symbol in the prices that were really paid, not adjusted for what came later."""

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True)
class TapeQuote:
    """A quote as it was recorded."""

    symbol: str
    bid: Decimal
    ask: Decimal
    at: datetime


@dataclass(frozen=True)
class Tape:
    """The quotes of a day's first candidates at each moment at which somebody asked, oldest moment first."""

    moments: tuple[tuple[datetime, tuple[TapeQuote, ...]], ...]


@dataclass(frozen=True)
class DayInput:
    """A session with all that is known of it: its signals, its raw bars by symbol, its tape if there is one.

    `happened` is what replays of a portfolio's own days know of them.
    """

    day: TradingDay
    signals: SignalSet | None
    bars: Mapping[str, DayBar] = field(default_factory=dict)
    tape: Tape | None = None
    happened: Happenings = NOTHING


@dataclass(frozen=True)
class BacktestTrade:
    """One position from its purchase to its sale. Amounts are cents; `cost` and `proceeds` hold the commissions."""

    day: date
    symbol: str
    rank: int
    shares: Decimal
    entry_price: Decimal
    exit_price: Decimal
    exit_reason: ExitReason
    cost_cents: int
    proceeds_cents: int
    commission_cents: int
    opened_at: datetime
    closed_at: datetime

    @property
    def pnl_cents(self) -> int:
        """Return what the trade brought."""
        return self.proceeds_cents - self.cost_cents

    @property
    def pnl_bp(self) -> float:
        """Return what the trade brought in basis points of what was paid."""
        return self.pnl_cents / self.cost_cents * 10_000 if self.cost_cents else 0.0


@dataclass(frozen=True)
class DayResult:
    """What a session came to. `skipped` and `blocks` count by their reason, over all candidates.

    `moved_cents` is the cash that came in the day, less what went, without automation. `not_replayed` says why a
    day of a replay was not traded. `fills` are the journal's entries, in the order in which they were booked.
    """

    day: date
    status: SessionStatus
    path: PathName
    opening_cents: int
    closing_cents: int
    trades: tuple[BacktestTrade, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    blocks: Mapping[str, int] = field(default_factory=dict)
    fills: tuple[Entry, ...] = ()
    moved_cents: int = 0
    not_replayed: NotReplayed | None = None

    @property
    def pnl_cents(self) -> int:
        """Return what the session brought."""
        return self.closing_cents - self.opening_cents - self.moved_cents

    @property
    def bought_cents(self) -> int:
        """Return what was paid for shares, commissions included."""
        return sum(trade.cost_cents for trade in self.trades)

    @property
    def traded_cents(self) -> int:
        """Return what was paid for shares and got for them."""
        return sum(trade.cost_cents + trade.proceeds_cents for trade in self.trades)


@dataclass(frozen=True)
class Run:
    """All sessions of a back-test, oldest first."""

    bankroll_cents: int
    days: tuple[DayResult, ...]

    @property
    def trades(self) -> Sequence[BacktestTrade]:
        """Return all trades in the order of their days."""
        return [trade for day in self.days for trade in day.trades]
