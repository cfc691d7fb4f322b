"""What trading accounts need of the world outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trading.brokerage.models import BrokerAccount
from trading.funding.accounts.models import TradingAccount
from trading.platform.audit import Audit
from trading.platform.outbox import OutboxEvent


@dataclass(frozen=True)
class AccountChange:
    """Everything that one step writes, in one transaction. `audit` and `action` name an operator's step."""

    account: TradingAccount
    at: datetime
    events: tuple[OutboxEvent, ...] = ()
    event_id: str | None = None
    audit: Audit | None = None
    action: str = ""


class AccountStore(Protocol):
    """Trading accounts, one a person."""

    def find(self, owner: str) -> TradingAccount | None:
        """Return a person's account, strongly consistent; it may be a shell."""
        ...

    def commit(self, change: AccountChange) -> TradingAccount:
        """Write a step in one transaction; return the account as written.

        Raises:
            AlreadyHandled: if the broker's event was handled before.
            StaleRecord: if the account changed since it was read.
        """
        ...

    def owner_of(self, broker_account_id: str) -> str | None:
        """Return whose an account at the broker is."""
        ...


class AccountBroker(Protocol):
    """The broker's accounts."""

    def open_account(self, user_id: str, *, key: str) -> BrokerAccount:
        """Open an account. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def account(self, account_id: str) -> BrokerAccount:
        """Return an account. Raises Refused (`not_found`) or Unavailable."""
        ...

    def accounts_of(self, user_id: str) -> tuple[BrokerAccount, ...]:
        """Return a user's accounts. Raises Unavailable."""
        ...
