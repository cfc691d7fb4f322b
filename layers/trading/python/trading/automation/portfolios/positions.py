"""Positions of the trading day, and what is read and written of a portfolio with them in one request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.sessions import Session, Skip
from trading.automation.rails.models import Block
from trading.ledger.models import Entry
from trading.markets.models import PriceSource
from trading.platform.outbox import OutboxEvent
from trading.platform.receipts import Receipt
from trading.signals.gate import Edge
from trading.signals.models import Weight


class PositionStatus(StrEnum):
    """The status of a position. `closing` counts as open everywhere."""

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
    DAILY_LOSS = "daily_loss"
    FLATTEN = "flatten"
    TRAILING_STOP = "trailing_stop"
    SWEPT = "swept"
    DELISTED = "delisted"


@dataclass(frozen=True)
class Order:
    """One purchase that the planner wants: everything about it that is known before the open.

    `reference_price` is the previous close. Stop and target hang on the fill: they lie
    `stop_distance` below and `target_distance` above it, as shares of 1. `allocation` is in dollars. `edge` is
    the mark of the recommendation, None where it was pinned; `weights` are the features that weigh most in it.
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
    edge: Edge | None = None
    weights: tuple[Weight, ...] = ()


@dataclass(frozen=True)
class Position:
    """One order and what became of it.

    `shares` is what the position still owns, or owned when the close sold it. `cost_cents` and
    `proceeds_cents` are the cash that left and came back, commissions included. `price_at` and
    `price_from` say what its latest fill was decided by: the moment of that price, and whether it was a
    quote, the last trade in its place, or given by the owner. With `trailing_percent` the stop follows the highest
    bid that was observed since the entry, so far below it.
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
    trailing_percent: Decimal | None = None

    @property
    def symbol(self) -> str:
        """Return the symbol that the position is in."""
        return self.order.symbol

    @property
    def is_held(self) -> bool:
        """Say whether the position owns shares."""
        return self.status in HELD

    def cancelled(self, reason: Skip, now: datetime) -> "Position":
        """Return the position without its entry, and why."""
        return replace(self, status=PositionStatus.CANCELLED, skip=reason, shares=Decimal(0), closed_at=now)

    def reduced_manually(self, shares: Decimal, price: Decimal, proceeds_cents: int, now: datetime) -> "Position":
        """Return the position after its owner sold some of its shares: closed as `manual` once none is left."""
        left = self.shares - shares
        reduced = replace(self, shares=left, proceeds_cents=self.proceeds_cents + proceeds_cents)
        if left:
            return reduced
        return replace(
            reduced,
            status=PositionStatus.CLOSED,
            exit_price=price,
            exit_reason=ExitReason.MANUAL,
            closed_at=now,
            price_at=now,
            price_from=PriceSource.HAND,
        )

    @property
    def was_opened(self) -> bool:
        """Say whether the position was ever filled."""
        return self.opened_at is not None


def last_prices(positions: Iterable[Position]) -> dict[str, Decimal | None]:
    """Return by symbol the price that each position knows: of its entry, or before that the close it was planned by."""
    return {position.symbol: position.entry_price or position.order.reference_price for position in positions}


@dataclass(frozen=True)
class Decision:
    """One position moved on, with the journal entry that belongs to it if money moved."""

    before: PositionStatus
    position: Position
    entry: Entry | None = None


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
class Change:
    """What one transaction writes: the portfolio, moved positions with their entries, sessions, events.

    `portfolio.version` is the version that was read; the store writes the next one on the condition
    that nobody else did. Each position is written on the condition of its status before. `entries`
    are movements without a position; a `receipt` remembers the request that asked for the change.
    With `is_purchase` it is written only if nothing keeps automation from buying for the owner, with
    `is_manual_purchase` only if nothing keeps the owner from it. `blocks` are those that a rail puts up by it,
    `lifted` those that people end.
    """

    portfolio: Portfolio
    decisions: Sequence[Decision] = ()
    sessions: Sequence[Session] = ()
    events: Sequence[OutboxEvent] = ()
    entries: Sequence[Entry] = ()
    receipt: Receipt | None = None
    is_purchase: bool = False
    blocks: Sequence[Block] = ()
    lifted: Sequence[Block] = ()
    is_manual_purchase: bool = False
