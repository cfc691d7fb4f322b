"""What managed portfolios need of the world outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from trading.brokerage.portfolios import FundOrder, PortfolioStatus
from trading.funding.accounts.models import TradingAccount
from trading.ledger.models import Entry
from trading.managed.flows import Flow
from trading.managed.models import DayMark, ManagedPortfolio
from trading.managed.versions.models import Version, VersionStatus
from trading.markets.models import Exchange, TradingDay
from trading.platform.outbox import OutboxEvent


@dataclass(frozen=True)
class ManagedState:
    """A person's account, their portfolio and its open versions, oldest first, as they were read."""

    account: TradingAccount | None
    portfolio: ManagedPortfolio | None
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True)
class ManagedChange:
    """Everything that one step writes, in one transaction. What is None or not named stays as it is."""

    portfolio: ManagedPortfolio
    account: TradingAccount | None = None
    versions: tuple[Version, ...] = ()
    entry: Entry | None = None
    events: tuple[OutboxEvent, ...] = ()
    event_id: str | None = None


@dataclass(frozen=True)
class VersionPage:
    """Versions, newest first, and where the next page starts, if there is one."""

    versions: tuple[Version, ...]
    next_after: str | None


@dataclass(frozen=True)
class DayPage:
    """Ends of days, newest first, and where the next page starts, if there is one."""

    days: tuple[DayMark, ...]
    next_after: str | None


class ManagedStore(Protocol):
    """Managed portfolios with their account and versions."""

    def load(self, owner: str) -> ManagedState:
        """Return what is known of a person, strongly consistent, by at most two requests."""
        ...

    def commit(self, change: ManagedChange) -> ManagedState:
        """Write a step in one transaction; return account, portfolio and the written versions.

        Raises:
            AlreadyHandled: if the event was handled before.
            StaleRecord: if anything concerned changed since it was read.
        """
        ...

    def version(self, owner: str, version_id: str) -> Version | None:
        """Return a person's version, strongly consistent."""
        ...

    def versions(
        self, owner: str, *, collection_id: str | None, status: VersionStatus | None, after: str | None, limit: int
    ) -> VersionPage:
        """Return a person's versions, newest first."""
        ...

    def flows(self, portfolio: ManagedPortfolio) -> Mapping[str, tuple[Flow, ...]]:
        """Return by collection what went in and out on each day since it was last empty; of the account under ''."""
        ...

    def save_day(self, owner: str, mark: DayMark) -> None:
        """Write what an account was worth at the end of a day; a second time the same."""
        ...

    def days(self, owner: str, *, after: str | None, limit: int) -> DayPage:
        """Return the ends of days, newest first."""
        ...


class PortfolioBroker(Protocol):
    """The broker's portfolios and funds."""

    def create_portfolio(self, client_id: str, *, key: str) -> str:
        """Make a portfolio that is all cash; return its id. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def find_portfolio(self, client_id: str) -> str | None:
        """Return the id of a portfolio by ours. Raises Unavailable."""
        ...

    def assign_portfolio(self, account_id: str, portfolio_id: str) -> None:
        """Have an account follow a portfolio; doing it again changes nothing."""
        ...

    def update_portfolio(self, portfolio_id: str, cash: Decimal, funds: Mapping[str, Decimal]) -> None:
        """Submit a portfolio's targets by the broker's fund ids."""
        ...

    def create_fund(self, order: FundOrder, instrument_ids: Mapping[str, str], *, key: str) -> str:
        """Make a fund; return its id."""
        ...

    def find_fund(self, client_id: str) -> str | None:
        """Return the id of a fund by ours. Raises Unavailable."""
        ...

    def update_fund(self, fund_id: str, weights: Mapping[str, Decimal], instrument_ids: Mapping[str, str]) -> None:
        """Submit a fund's targets."""
        ...

    def instrument_id(self, symbol: str) -> str:
        """Return the broker's id of a symbol. Raises Refused (`not_found`) or Unavailable."""
        ...

    def portfolio_status(self, account_id: str) -> PortfolioStatus:
        """Return what an account holds. Raises Refused (`not_found`) or Unavailable."""
        ...


class BrokerIds(Protocol):
    """What the broker calls symbols."""

    def broker_ids(self, symbols: tuple[str, ...]) -> Mapping[str, str]:
        """Return the broker's ids of those symbols whose ids were kept."""
        ...

    def keep_broker_id(self, symbol: str, instrument_id: str) -> None:
        """Keep the broker's id of a symbol."""
        ...


class Days(Protocol):
    """Trading days."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None."""
        ...
