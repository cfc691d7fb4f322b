"""What reconciliation needs of the world outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trading.brokerage.models import MoneySummary
from trading.funding.accounts.models import TradingAccount
from trading.funding.reconciliation.models import Discrepancy
from trading.platform.audit import Audit


@dataclass(frozen=True)
class DiscrepancyPage:
    """Discrepancies, newest first, and where the next page starts, if there is one."""

    items: tuple[Discrepancy, ...]
    next_after: str | None


class Accounts(Protocol):
    """Trading accounts."""

    def find(self, owner: str) -> TradingAccount | None:
        """Return a person's account, strongly consistent."""
        ...


class Statuses(Protocol):
    """The status of accounts, as far as lost events are concerned."""

    def refresh(self, owner: str) -> object:
        """Read an account's status at the broker. Raises Unavailable, Refused (`not_found`) or ForeignEvent."""
        ...


class Flows(Protocol):
    """Money flows, as far as lost events are concerned."""

    def refresh(self, account: TradingAccount) -> None:
        """Read what an account has in flight at the broker, by one list a direction. Raises Unavailable."""
        ...


class Money(Protocol):
    """The broker's cash."""

    def money(self, account_id: str) -> MoneySummary:
        """Return an account's cash. Raises Refused or Unavailable."""
        ...


class DiscrepancyStore(Protocol):
    """Discrepancies of everybody, seen by operators."""

    def find(self, discrepancy_id: str) -> Discrepancy | None:
        """Return a discrepancy."""
        ...

    def save(
        self,
        discrepancy: Discrepancy,
        account: TradingAccount | None,
        audit: Audit | None = None,
        *,
        is_worse: bool = False,
    ) -> None:
        """Write a discrepancy, with the account that names it or no longer does, in one transaction.

        A new one, and one that got worse, is an event.

        Raises:
            StaleRecord: if the account changed since it was read.
        """
        ...

    def page(self, *, after: str | None, limit: int) -> DiscrepancyPage:
        """Return discrepancies, newest first."""
        ...

    def new_id(self, at: datetime) -> str:
        """Return an id that sorts newest first."""
        ...
