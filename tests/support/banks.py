"""A harness for bank links: real records in an in-process DynamoDB, a fake bank-data provider and a fake broker."""

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from tests.support.funding import NOW, MovableClock
from trading.banking.balances import BalanceService
from trading.banking.links import LinkService, mark_link
from trading.banking.models import FundingAccount
from trading.banking.ports import InFlight
from trading.banking.removals import RemovalService
from trading.banking.renewal import RenewalService
from trading.banking.service import FundingAccountService
from trading.banking.store import DynamoBankStore
from trading.brokerage.banks import (
    ACCOUNT_GONE,
    LINK_REFUSED,
    LOGIN_REQUIRED,
    Institution,
    LinkedAccount,
    LinkToken,
)
from trading.brokerage.models import BrokerBankAccount
from trading.platform.errors import Refused
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow, partition

CANARY = "canary-c0ffee"
"""A part of every token that must never lie anywhere in clear."""

CHECKING = LinkedAccount("", "Checking", "Gold Checking", "0001", 90_000, 100_000, "USD")
SAVINGS = LinkedAccount("", "Savings", None, "0002", None, None, "USD")

Fault = Callable[[], None]
T = TypeVar("T")
NUMBERS = count(1)


@dataclass
class Acting:
    """Runs what a test sets on the two sides of every call's effect, by its name; `visit` passes each side."""

    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    visit: Fault = field(default=lambda: None)

    def act(self, name: str, effect: Callable[[], T]) -> T:
        """Make a call."""
        self.calls[name] += 1
        self.visit()
        self.before.get(name, lambda: None)()
        result = effect()
        self.after.get(name, lambda: None)()
        self.visit()
        return result


@dataclass
class Item:
    """A sign-in at a bank."""

    item_id: str
    institution: Institution
    accounts: list[LinkedAccount]
    access_token: str
    needs_login: bool = False


@dataclass
class FakeBanks(Acting):
    """A bank-data provider: public tokens are good once, processor tokens are new ones each time."""

    items: dict[str, Item] = field(default_factory=dict)
    public: dict[str, Item] = field(default_factory=dict)
    processors: dict[str, str] = field(default_factory=dict)
    fresh_since: list[datetime] = field(default_factory=list)
    nameless: bool = False

    def sign_in(self, *accounts: LinkedAccount, bank: str = "First Bank", again: str | None = None) -> str:
        """Return the public token of a person's sign-in; `again` renews an item."""
        number = next(NUMBERS)
        if again is not None:
            item = self.items[again]
        else:
            named = [
                replace(account, account_id=account.account_id or f"account-{next(NUMBERS)}") for account in accounts
            ]
            institution = Institution("" if self.nameless else f"ins_{bank}", bank)
            item = Item(f"item-{number}", institution, named, "")
            self.items[item.item_id] = item
        item.access_token, item.needs_login = f"access-{CANARY}-{number}", False
        self.public[f"public-{CANARY}-{number}"] = item
        return f"public-{CANARY}-{number}"

    def link_token(self, owner: str, *, redirect_uri: str | None, access_token: str | None) -> LinkToken:
        """Return a token that shows what it was asked for with."""

        def effect() -> LinkToken:
            item = self._item(access_token) if access_token is not None else None
            return LinkToken(f"link:{owner}:{redirect_uri}:{item and item.item_id}", NOW + timedelta(hours=4))

        return self.act("link_token", effect)

    def exchange(self, public_token: str) -> tuple[str, str]:
        """Return access token and item id, once."""

        def effect() -> tuple[str, str]:
            item = self.public.pop(public_token, None)
            if item is None:
                raise Refused("No such sign-in.", code=LINK_REFUSED)
            return item.access_token, item.item_id

        return self.act("exchange", effect)

    def institution(self, access_token: str) -> Institution:
        """Return the bank of an item."""
        return self.act("institution", lambda: self._item(access_token).institution)

    def accounts(self, access_token: str) -> tuple[LinkedAccount, ...]:
        """Return the accounts of an item."""
        return self.act("accounts", lambda: tuple(self._item(access_token).accounts))

    def balances(
        self, access_token: str, account_ids: Collection[str], *, fresh_since: datetime
    ) -> tuple[LinkedAccount, ...]:
        """Return accounts with their balances; an id that is not there spoils the call."""

        def effect() -> tuple[LinkedAccount, ...]:
            item = self._item(access_token)
            known = {account.account_id: account for account in item.accounts}
            if item.needs_login:
                raise Refused("Sign in again.", code=LOGIN_REQUIRED)
            if not set(account_ids) <= known.keys():
                raise Refused("No such account.", code=ACCOUNT_GONE)
            return tuple(known[account_id] for account_id in account_ids)

        self.fresh_since.append(fresh_since)
        return self.act("balances", effect)

    def processor_token(self, access_token: str, account_id: str) -> str:
        """Return a token for the broker."""

        def effect() -> str:
            item = self._item(access_token)
            token = f"processor-{CANARY}-{next(NUMBERS)}"
            self.processors[token] = item.item_id
            return token

        return self.act("processor_token", effect)

    def remove_item(self, access_token: str) -> None:
        """Forget an item; one that is gone is fine."""

        def effect() -> None:
            self.items = {key: item for key, item in self.items.items() if item.access_token != access_token}

        self.act("remove_item", effect)

    def set_balance(self, account_id: str, cents: int | None) -> None:
        """Have a bank report another balance."""
        for item in self.items.values():
            item.accounts = [
                replace(account, current_cents=cents) if account.account_id == account_id else account
                for account in item.accounts
            ]

    def _item(self, access_token: str) -> Item:
        found = next((item for item in self.items.values() if item.access_token == access_token), None)
        if found is None:
            raise Refused("No such item.", code=LINK_REFUSED)
        return found


@dataclass
class FakeBankBroker(Acting):
    """A broker that remembers keys with what came under them, and refuses another request under one."""

    accounts: dict[str, BrokerBankAccount] = field(default_factory=dict)
    by_key: dict[str, tuple[tuple[str, str, str], str]] = field(default_factory=dict)
    registered: int = 0

    def create_bank_account(self, user_id: str, *, processor_token: str, nickname: str, key: str) -> BrokerBankAccount:
        """Register a bank account, once a key."""

        def effect() -> BrokerBankAccount:
            asked = (user_id, processor_token, nickname)
            if key not in self.by_key:
                self.registered += 1
                made = BrokerBankAccount(f"broker-bank-{self.registered}", nickname, user_id)
                self.accounts[made.bank_account_id] = made
                self.by_key[key] = (asked, made.bank_account_id)
            before, bank_account_id = self.by_key[key]
            if before != asked:
                raise Refused("The key was used for another request.")
            return BrokerBankAccount(bank_account_id, nickname, user_id)

        return self.act("create_bank_account", effect)

    def delete_bank_account(self, bank_account_id: str) -> None:
        """Forget a bank account; one that is gone is fine."""

        def effect() -> None:
            self.accounts.pop(bank_account_id, None)

        self.act("delete_bank_account", effect)

    def bank_accounts_of(self, user_id: str) -> tuple[BrokerBankAccount, ...]:
        """Return a user's bank accounts."""
        return self.act("bank_accounts_of", lambda: tuple(self.of(user_id)))

    def of(self, user_id: str) -> list[BrokerBankAccount]:
        """Return a user's bank accounts."""
        return [account for account in self.accounts.values() if account.user_id == user_id]


@dataclass
class FakeMoney:
    """Money flows: what the test says is in flight."""

    in_flight: int = 0
    account_version: int = 0

    def on(self, owner: str, funding_account_id: str) -> InFlight:
        """Return it."""
        return InFlight(self.in_flight, self.account_version)


class BanksHarness:
    """The services around people's banks."""

    def __init__(self) -> None:
        self.clock, self.wall = MovableClock(), MovableClock()
        self.banks, self.broker, self.money = FakeBanks(), FakeBankBroker(), FakeMoney()
        self.store = DynamoBankStore()
        self.links = LinkService(store=self.store, data=self.banks, clock=self.clock)
        self.balances = BalanceService(store=self.store, data=self.banks, clock=self.clock, wall=self.wall)
        self.service = FundingAccountService(
            store=self.store, data=self.banks, broker=self.broker, money=self.money, clock=self.clock
        )
        self.renewals = RenewalService(store=self.store, data=self.banks, broker=self.broker, clock=self.clock)
        self.removals = RemovalService(
            store=self.store, data=self.banks, broker=self.broker, money=self.money, clock=self.clock
        )

    def mark(self, owner: str, link_id: str) -> None:
        """Have a link need a new sign-in."""
        mark_link(self.store, self.clock, owner, link_id, needs_reauth=True)

    def person(self) -> str:
        """Return a new person whom the broker knows."""
        owner = f"person-{next(NUMBERS)}"
        document = json.dumps({"user_id": user_of(owner)})
        PersonRow(partition(owner), "kyc#record", document=document, version=1).save()
        return owner

    def link(self, owner: str, *accounts: LinkedAccount, bank: str = "First Bank") -> tuple[str, list[LinkedAccount]]:
        """Have a person sign in at a bank; return the link's id and its accounts."""
        link, shown = self.links.exchange(owner, self.banks.sign_in(*accounts or (CHECKING,), bank=bank), link_id=None)
        return link.link_id, shown

    def funding_account(self, owner: str, *accounts: LinkedAccount) -> FundingAccount:
        """Have a person connect the first account of a new link."""
        link_id, shown = self.link(owner, *accounts)
        return self.service.add(owner, link_id, shown[0].account_id, "My checking")

    def account(self, account: FundingAccount) -> FundingAccount:
        """Return a funding account as it is now."""
        return self.of(account.owner, account.funding_account_id)

    def of(self, owner: str, funding_account_id: str) -> FundingAccount:
        """Return a person's funding account as it is now."""
        found = self.store.account(owner, funding_account_id)
        assert found is not None
        return found

    def item_of(self, owner: str, link_id: str) -> Item:
        """Return the provider's item of a link."""
        return self.banks.items[self.store.load(owner).links[link_id].item_id]

    def resolve(self, owner: str) -> None:
        """Go on with everything of a person that is due, as the resolver does."""
        state = self.store.load(owner)
        for funding_account_id in state.accounts:
            self.service.resume(owner, funding_account_id)
        for removal_id in state.removals:
            self.removals.resume(owner, removal_id)

    def resolve_for(self, span: timedelta, owner: str, funding_account_id: str) -> None:
        """Let time pass while the resolver runs every half hour."""
        for _ in range(span // timedelta(minutes=30)):
            self.clock.pass_by(timedelta(minutes=30))
            self.service.resume(owner, funding_account_id)


def user_of(owner: str) -> str:
    """Return a person's id at the broker."""
    return f"user-of-{owner}"


def events(name: str, owner: str) -> list[dict[str, str]]:
    """Return the payloads of the events of a name that concern a person."""
    published = (json.loads(row.body) for row in OutboxRow.scan())
    return [event["payload"] for event in published if event["type"] == name and event["payload"]["owner"] == owner]


def everything_kept() -> str:
    """Return everything that lies in the tables, as text."""
    rows = [json.dumps(row.to_dynamodb_dict()) for row in PersonRow.scan()]
    return "\n".join(rows + [row.body for row in OutboxRow.scan()])
