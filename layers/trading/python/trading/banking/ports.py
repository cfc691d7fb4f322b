"""What bank links need of the world outside."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from trading.banking.models import BankLink, FundingAccount, ItemRemoval
from trading.brokerage.banks import Institution, LinkedAccount, LinkToken
from trading.brokerage.models import BrokerBankAccount
from trading.platform.audit import Audit
from trading.platform.outbox import OutboxEvent


@dataclass(frozen=True)
class InFlight:
    """The open money flows of a funding account, and the version of the account record that says so."""

    count: int
    account_version: int


@dataclass(frozen=True)
class BankChange:
    """Everything that one step writes, in one transaction.

    `token` seals what opens a new or renewed link, whose item before was `replaces_item`; `ends_link`
    forgets a link, and what opens it. `processor_token` seals what an account is registered with, until
    `settles` forgets that; `claims` holds a new one against others that are connected at the same time.
    `removal` is written with its `removal_token`, `drops` forgotten. `unless_money_moved` holds the deletion
    against the trading account. `audit` names the operator whose decision it is.
    """

    link: BankLink | None = None
    token: str | None = field(default=None, repr=False)
    ends_link: BankLink | None = None
    accounts: tuple[FundingAccount, ...] = ()
    processor_token: str | None = field(default=None, repr=False)
    settles: bool = False
    claims: int | None = None
    replaces_item: str | None = None
    removal: ItemRemoval | None = None
    removal_token: str | None = field(default=None, repr=False)
    drops: ItemRemoval | None = None
    unless_money_moved: InFlight | None = None
    events: tuple[OutboxEvent, ...] = ()
    audit: Audit | None = None


@dataclass(frozen=True)
class BankState:
    """A person's links and funding accounts, whatever their state.

    `sealed_tokens` holds what opens the links and the items to be ended, and what unfinished accounts are
    registered with, by their ids; `claims` counts how often an account was connected.
    """

    links: dict[str, BankLink]
    accounts: dict[str, FundingAccount]
    sealed_tokens: dict[str, bytes]
    removals: dict[str, ItemRemoval] = field(default_factory=dict)
    claims: int = 0

    def accounts_of(self, link_id: str) -> tuple[FundingAccount, ...]:
        """Return the funding accounts behind a link."""
        return tuple(account for account in self.accounts.values() if account.link_id == link_id)


class BankStore(Protocol):
    """Links and funding accounts."""

    def load(self, owner: str) -> BankState:
        """Return everything of a person, strongly consistent, by one request."""
        ...

    def account(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        """Return a funding account."""
        ...

    def open_token(self, owner: str, sealed: bytes) -> str:
        """Return a token from its sealed form."""
        ...

    def link_of_item(self, item_id: str) -> tuple[str, str] | None:
        """Return owner and id of the link of a provider's item."""
        ...

    def user_id(self, owner: str) -> str | None:
        """Return a person's id at the broker."""
        ...

    def commit(self, change: BankChange) -> None:
        """Write a step in one transaction.

        Raises:
            Conflict: `already_connected` if somebody else has the item.
            StaleRecord: if a record changed since it was read, or money began to move.
        """
        ...


class BankData(Protocol):
    """The bank-data provider. Each call raises Refused (codes of `brokerage.banks`), Unavailable or OutcomeUnknown."""

    def link_token(self, owner: str, *, redirect_uri: str | None, access_token: str | None) -> LinkToken:
        """Return the token that an app opens the sign-in with; with an access token, to renew a link."""
        ...

    def exchange(self, public_token: str) -> tuple[str, str]:
        """Return access token and item id for what the app got from the sign-in."""
        ...

    def institution(self, access_token: str) -> Institution:
        """Return the bank of a link."""
        ...

    def accounts(self, access_token: str) -> tuple[LinkedAccount, ...]:
        """Return the accounts behind a link, with the balances known."""
        ...

    def balances(
        self, access_token: str, account_ids: Collection[str], *, fresh_since: datetime
    ) -> tuple[LinkedAccount, ...]:
        """Return accounts with balances that the bank is asked for now."""
        ...

    def processor_token(self, access_token: str, account_id: str) -> str:
        """Return the token that lets the broker use an account."""
        ...

    def remove_item(self, access_token: str) -> None:
        """End a link; one that is ended already is fine."""
        ...


class WebhookVerifier(Protocol):
    """Knows the webhooks that the provider of bank data sent."""

    def verify(self, raw: bytes, header: str) -> Mapping[str, Any]:
        """Return the body of a webhook, as JSON.

        Raises:
            InvalidRequest: if it cannot be verified, whatever is wrong with it.
            Unavailable: if it cannot be verified now; the webhook is sent again.
        """
        ...


class BankBroker(Protocol):
    """The broker's bank accounts."""

    def create_bank_account(self, user_id: str, *, processor_token: str, nickname: str, key: str) -> BrokerBankAccount:
        """Register a bank account. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def bank_accounts_of(self, user_id: str) -> tuple[BrokerBankAccount, ...]:
        """Return a user's bank accounts. Raises Unavailable."""
        ...

    def delete_bank_account(self, bank_account_id: str) -> None:
        """Forget a bank account; one that is gone is fine. Raises Refused, Unavailable or OutcomeUnknown."""
        ...


class MoneyInFlight(Protocol):
    """The money flows of people."""

    def on(self, owner: str, funding_account_id: str) -> InFlight:
        """Return the open money flows of a funding account."""
        ...
