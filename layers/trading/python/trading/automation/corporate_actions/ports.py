"""What applying corporate actions needs of the world outside."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from trading.automation.corporate_actions.messages import ActionWork
from trading.automation.corporate_actions.models import Applied, Draft
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import PortfolioState
from trading.ledger.models import Entry
from trading.markets.corporate_actions.models import CorporateAction
from trading.markets.models import Exchange, Instrument
from trading.platform.outbox import OutboxEvent
from trading.platform.sources import Sources


class ActionStore(Protocol):
    """Portfolios with what actions did to them."""

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since the last settled day, strongly consistent."""
        ...

    def find_applied(self, key: PortfolioKey, action_id: str) -> Applied | None:
        """Return what an action did to a portfolio, strongly consistent."""
        ...

    def commit(self, draft: Draft, applied: Iterable[Applied], events: Iterable[OutboxEvent] = ()) -> None:
        """Write what a draft came to, with what is remembered of its actions, in one transaction.

        Raises:
            StaleRecord: if the portfolio or a position moved on meanwhile; nothing is written.
        """
        ...


class Journal(Protocol):
    """The ledger's entries."""

    def page(self, state: str, *, before: int | None, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries below a sequence number, newest first."""
        ...


class Openings(Protocol):
    """Opening prices, each asked for once per invocation."""

    def of(self, exchange: Exchange, symbol: str, day: date) -> Decimal | None:
        """Return the price at which a symbol opened, on a day or the next session, if it is known by now."""
        ...


class Holders(Protocol):
    """Finds the portfolios that actions concern, over everybody, by sparse indexes."""

    def of(self, actions: Collection[CorporateAction]) -> Sources[ActionWork]:
        """Return the work of actions: a portfolio may stand in it twice."""
        ...

    def claims(self, exchange: Exchange) -> Sources[ActionWork]:
        """Return the portfolios of an exchange that have claims."""
        ...


class HeldSymbols(Protocol):
    """The registry of symbols that are watched."""

    def register_held(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Add symbols to the registry before positions open in them."""
        ...


class Instruments(Protocol):
    """The registry of instruments."""

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """Return an instrument of an exchange, active or not."""
        ...

    def save(self, instrument: Instrument) -> None:
        """Add or replace an instrument."""
        ...
