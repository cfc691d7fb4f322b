"""What portfolios need of the world outside, and what the engine above shares with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.positions import Change, PortfolioState, Position, PositionStatus
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.automation.rails.models import Block
from trading.ledger.models import Entry
from trading.markets.models import Exchange, Instrument, TradingDay
from trading.platform.outbox import OutboxEvent
from trading.platform.pages import Page


@dataclass(frozen=True)
class PortfolioPage:
    """Portfolios, newest first, and where the next page starts, if there is one."""

    portfolios: tuple[Portfolio, ...]
    next_after: str | None = None


@dataclass(frozen=True)
class PricedHolding:
    """The price that a snapshot used for a holding, and the moment it is from."""

    symbol: str
    price: Decimal
    price_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """What a portfolio was worth at the close of a day. `gain_loss_percent` has 2 places.

    `missing_closes` names the symbols whose official close never came.
    """

    day: date
    total_value_cents: int
    total_invested_cents: int
    gain_loss_cents: int
    gain_loss_percent: Decimal
    prices: tuple[PricedHolding, ...] = ()
    missing_closes: tuple[str, ...] = ()


class PortfolioStore(Protocol):
    """Portfolio records, found by owner and id alone."""

    def create(self, portfolio: Portfolio, entry: Entry | None) -> None:
        """Write a new portfolio and the entry of its initial deposit in one transaction.

        Raises:
            Conflict: `name_taken` if the owner has a portfolio of that name.
            StaleRecord: if the id is taken; another id will do.
        """
        ...

    def find(self, key: PortfolioKey) -> Portfolio | None:
        """Return a portfolio that is not deleted, strongly consistent."""
        ...

    def page(self, owner: str, *, automated: bool | None, after: str | None, limit: int) -> PortfolioPage:
        """Return an owner's portfolios, newest first. Two requests."""
        ...

    def update(self, before: Portfolio, change: Change) -> Portfolio:
        """Write a changed portfolio with what hangs on its name, mode and deletion, in one transaction.

        Raises:
            Conflict: `name_taken` if the new name is another portfolio's.
            StaleRecord: if the portfolio changed since it was read.
        """
        ...

    def sessions_of(self, keys: Sequence[PortfolioKey], day: date) -> Mapping[PortfolioKey, Session]:
        """Return a day's sessions of several portfolios. One request per hundred."""
        ...

    def save_snapshot(self, portfolio: Portfolio, snapshot: Snapshot, blocks: Sequence[Block] = ()) -> bool:
        """Write a day's snapshot with the portfolio's new prices and blocks; return False if the day has one.

        Raises:
            StaleRecord: if the portfolio changed since it was read.
        """
        ...

    def snapshots(self, key: PortfolioKey, *, day: date | None, after: str | None, limit: int) -> Page[Snapshot]:
        """Return a page of snapshots, newest first."""
        ...

    def snapshots_between(self, key: PortfolioKey, first: date, last: date) -> tuple[Snapshot, ...]:
        """Return the snapshots of a span, oldest first, behind the last one before it, if there is one."""
        ...


class Instruments(Protocol):
    """The registry of instruments."""

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """Return an instrument of an exchange, active or not."""
        ...


class Journal(Protocol):
    """The ledger's entries."""

    def since(self, state: str, seq: int) -> tuple[Entry, ...]:
        """Return the entries after a sequence number, oldest first, strongly consistent."""
        ...

    def page(self, state: str, *, before: int | None, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries below a sequence number, newest first."""
        ...


class BuyingRestricted(Exception):
    """Raised when a purchase was not written because the owner, or everybody, may not buy."""


class StateStore(Protocol):
    """What a portfolio's trading day reads and writes: its positions and sessions, and the portfolio with them."""

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since the last settled day, strongly consistent."""
        ...

    def save_plan(
        self,
        state: PortfolioState,
        positions: Sequence[Position],
        session: Session,
        events: Sequence[OutboxEvent] = (),
        blocks: Sequence[Block] = (),
    ) -> None:
        """Write positions first and the session last; leftovers of a plan that died midway are replaced.

        `state` is what was read, but for its portfolio, which is written with the session.

        Raises:
            StaleRecord: if the portfolio changed since it was read, or the session exists.
        """
        ...

    def commit(self, change: Change) -> Portfolio:
        """Write a change in one transaction and return the portfolio as written.

        Raises:
            StaleRecord: if the portfolio or a position moved on meanwhile; nothing is written.
            BuyingRestricted: if it is a purchase and the owner may not buy; nothing is written.
        """
        ...


class SessionStore(StateStore, Protocol):
    """Positions and sessions, beside their portfolio in the portfolio's own partition."""

    def positions(
        self,
        key: PortfolioKey,
        *,
        day: date | None,
        after: str | None,
        limit: int,
        status: PositionStatus | None = None,
    ) -> Page[Position]:
        """Return a page of positions, newest day first."""
        ...

    def sessions(
        self, key: PortfolioKey, *, day: date | None, after: str | None, limit: int, status: SessionStatus | None = None
    ) -> Page[Session]:
        """Return a page of sessions, newest first."""
        ...


class Days(Protocol):
    """The trading calendar."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None."""
        ...
