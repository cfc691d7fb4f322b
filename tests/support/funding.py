"""A harness for money flows: real records in an in-process DynamoDB, a hand-written broker and banks."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from trading.brokerage.models import (
    AccountStatus,
    BrokerAccount,
    BrokerPayment,
    Direction,
    MoneySummary,
    PaymentOrder,
    PaymentStatus,
)
from trading.funding.accounts.models import TradingAccount
from trading.funding.accounts.service import AccountService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.money_flows.models import MoneyFlow
from trading.funding.money_flows.ports import Limits
from trading.funding.money_flows.rules import FlowRequest
from trading.funding.money_flows.service import MoneyFlowService
from trading.funding.money_flows.store import DynamoFlowStore
from trading.ledger.models import Entry, LedgerAccount
from trading.ledger.service import totals
from trading.ledger.store import DynamoJournal
from trading.platform.errors import NotFound, OutcomeUnknown, Refused
from trading.platform.people import PersonRow, partition
from trading.platform.receipts import RequestKey

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
BANK = "b" * 32
OPEN = BrokerAccount("broker-account-1", "DWFK000001", "user-1", AccountStatus.OPEN, "OPEN")

Fault = Callable[[], None]
T = TypeVar("T")
NUMBERS = count(1)
"""No two harnesses of a process share a person or a payment, so that they may share tables."""


@dataclass
class MovableClock:
    """A clock that tests move."""

    moment: datetime = NOW

    def now(self) -> datetime:
        """Return the moment that it is."""
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        """Move the clock."""
        self.moment += span


@dataclass
class FakeBroker:
    """A broker that remembers keys, finds by note, and does what a test has it do before or after acting.

    `before` and `after` run on the two sides of every call's effect, by its name; `visit` on all.
    """

    payments: dict[str, BrokerPayment] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, BrokerAccount] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    visit: Fault = field(default=lambda: None)
    withdrawable_cents: int = 0
    cash_cents: int = 0
    opens_as: AccountStatus = AccountStatus.OPEN

    def deposit(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Take a deposit, once a key."""
        return self._act("create_deposit", lambda: self._pay(Direction.DEPOSIT, order, key))

    def redeem(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Take a withdrawal, once a key."""
        return self._act("create_redemption", lambda: self._pay(Direction.WITHDRAWAL, order, key))

    def payment(self, direction: Direction, payment_id: str) -> BrokerPayment:
        """Return a payment."""

        def find() -> BrokerPayment:
            found = self.payments.get(payment_id)
            if found is None or found.direction is not direction:
                raise Refused("No such payment.", code="not_found")
            return found

        return self._act("get_payment", find)

    def payments_of(self, user_id: str, direction: Direction) -> tuple[BrokerPayment, ...]:
        """Return all payments of a direction."""
        return self._act(
            "list", lambda: tuple(payment for payment in self.payments.values() if payment.direction is direction)
        )

    def approve_redemption(self, payment_id: str) -> None:
        """Approve what waits for its advisor."""

        def approve() -> None:
            payment = self.payments[payment_id]
            if payment.status is not PaymentStatus.AWAITING_ADVISOR:
                raise Refused("It moved.", code="already_moved")
            self.move(payment_id, PaymentStatus.APPROVED)

        self._act("approve", approve)

    def reject_redemption(self, payment_id: str) -> None:
        """Reject what waits for its advisor."""

        def reject() -> None:
            if self.payments[payment_id].status is not PaymentStatus.AWAITING_ADVISOR:
                raise Refused("It moved.", code="already_moved")
            self.move(payment_id, PaymentStatus.FAILED, "RIA_Rejected")

        self._act("reject", reject)

    def money(self, account_id: str) -> MoneySummary:
        """Return the cash that the test set."""
        return self._act(
            "money", lambda: MoneySummary(self.cash_cents, self.withdrawable_cents, self.withdrawable_cents)
        )

    def open_account(self, user_id: str, *, key: str) -> BrokerAccount:
        """Open an account, once a key."""

        def act() -> BrokerAccount:
            if key not in self.by_key:
                number = len(self.accounts) + 1
                account_id = f"account-of-{user_id}-{number}"
                self.by_key[key] = account_id
                self.accounts[account_id] = BrokerAccount(
                    account_id, f"DWFK{number:06d}", user_id, self.opens_as, self.opens_as.value
                )
            return self.accounts[self.by_key[key]]

        return self._act("create_account", act)

    def account(self, account_id: str) -> BrokerAccount:
        """Return an account."""

        def find() -> BrokerAccount:
            if account_id not in self.accounts:
                raise Refused("No such account.", code="not_found")
            return self.accounts[account_id]

        return self._act("get_account", find)

    def accounts_of(self, user_id: str) -> tuple[BrokerAccount, ...]:
        """Return a user's accounts."""
        return self._act(
            "list_accounts", lambda: tuple(account for account in self.accounts.values() if account.user_id == user_id)
        )

    def move(self, payment_id: str, status: PaymentStatus | None, raw_status: str = "") -> BrokerPayment:
        """Have a payment change its status; return it."""
        moved = replace(self.payments[payment_id], status=status, raw_status=raw_status or str(status))
        self.payments[payment_id] = moved
        return moved

    def noted(self, flow_id: str) -> list[BrokerPayment]:
        """Return the payments that carry a note."""
        return [payment for payment in self.payments.values() if payment.note == flow_id]

    def _pay(self, direction: Direction, order: PaymentOrder, key: str) -> BrokerPayment:
        if key not in self.by_key:
            payment_id = f"payment-{next(NUMBERS)}"
            status = PaymentStatus.PENDING if direction is Direction.DEPOSIT else PaymentStatus.AWAITING_ADVISOR
            self.by_key[key] = payment_id
            self.payments[payment_id] = BrokerPayment(
                payment_id, direction, order.cents, status, status.value, "", self._numbered(order), order.note, 0
            )
        return self.payments[self.by_key[key]]

    def _numbered(self, order: PaymentOrder) -> str | None:
        return next(
            (account.account_id for account in self.accounts.values() if account.account_no == order.account_no), None
        )

    def _act(self, name: str, act: Callable[[], T]) -> T:
        self.calls[name] += 1
        self.visit()
        self.before.get(name, lambda: None)()
        result = act()
        self.after.get(name, lambda: None)()
        self.visit()
        return result


def always(error: Exception) -> Fault:
    """Return what fails each time."""

    def fail() -> None:
        raise error

    return fail


def lost(times: int = 1) -> Fault:
    """Return a fault that loses an answer so many times."""
    left = [times]

    def fault() -> None:
        if left[0]:
            left[0] -= 1
            raise OutcomeUnknown("The answer was lost.")

    return fault


@dataclass(frozen=True)
class FakeBankAccount:
    """A linked bank account."""

    funding_account_id: str = BANK
    broker_bank_account_id: str | None = "bank-1"
    balance_cents: int | None = 10_000_000
    needs_reauth: bool = False
    linked_at: datetime | None = NOW - timedelta(days=30)


@dataclass
class FakeBanks:
    """Bank accounts by their ids."""

    accounts: dict[str, FakeBankAccount] = field(default_factory=lambda: {BANK: FakeBankAccount()})
    flagged: list[str] = field(default_factory=list)

    def for_deposit(self, owner: str, funding_account_id: str) -> FakeBankAccount:
        """Return an account."""
        return self.for_withdrawal(owner, funding_account_id)

    def for_withdrawal(self, owner: str, funding_account_id: str) -> FakeBankAccount:
        """Return an account."""
        if funding_account_id not in self.accounts:
            raise NotFound("There is no such funding account.")
        return self.accounts[funding_account_id]

    def flag_needs_reauth(self, owner: str, funding_account_id: str) -> None:
        """Note it."""
        self.flagged.append(funding_account_id)


class FundingHarness:
    """A person with an open account and a linked bank, and the services around them."""

    def __init__(
        self, *, cash_cents: int = 0, max_a_day_cents: int = 5_000_000, settled_business_days: int = 0
    ) -> None:
        self.clock, self.wall = MovableClock(), MovableClock()
        self.broker, self.banks = FakeBroker(), FakeBanks()
        self.store, self.accounts = DynamoFlowStore(), DynamoAccountStore()
        limits = Limits(dict.fromkeys(Direction, max_a_day_cents), settled_business_days, linked_days=10)
        self.flows = MoneyFlowService(
            store=self.store,
            banks=self.banks,
            broker=self.broker,
            limits=limits,
            clock=self.clock,
            wall=self.wall,
        )
        self.account_service = AccountService(store=self.accounts, broker=self.broker, clock=self.clock)

    def person(self, *, cash_cents: int = 0) -> str:
        """Return a new person with an open account, a linked bank, and cash from a deposit that settled."""
        number = next(NUMBERS)
        owner = f"person-{number}"
        PersonRow(partition(owner), f"bank-account#{BANK}", status="linked").save()
        self.account_service.ensure(owner, f"user-{number}")
        if cash_cents:
            flow = self.deposit(owner, cash_cents, key="the-first-deposit")
            self.report(flow, PaymentStatus.SUCCESSFUL)
            self.broker.withdrawable_cents = self.broker.cash_cents = cash_cents
        return owner

    def deposit(self, owner: str, cents: int, *, key: str = "a-key-for-a-deposit") -> MoneyFlow:
        """Ask for a deposit."""
        return self.flows.start(request(owner, Direction.DEPOSIT, cents, key))[0]

    def withdraw(self, owner: str, cents: int, *, key: str = "a-key-for-a-withdrawal") -> MoneyFlow:
        """Ask for a withdrawal."""
        return self.flows.start(request(owner, Direction.WITHDRAWAL, cents, key))[0]

    def report(self, flow: MoneyFlow, status: PaymentStatus, *, event_id: str | None = None) -> MoneyFlow:
        """Have the broker move a flow's payment and report it by an event."""
        (payment,) = self.broker.noted(flow.flow_id)
        moved = self.broker.move(payment.payment_id, status)
        return self.flows.apply_event(event_id or f"{payment.payment_id}:{status}", moved)

    def resolve_all(self, owner: str, flow_id: str) -> MoneyFlow | None:
        """Let ten days pass while the resolver runs every hour."""
        for _ in range(10 * 24):
            self.clock.pass_by(timedelta(hours=1))
            flow = self.flows.resume(owner, flow_id)
        return flow

    def account(self, owner: str) -> TradingAccount:
        """Return a person's account."""
        account = self.accounts.find(owner)
        assert account is not None
        return account

    def entries(self, owner: str) -> tuple[Entry, ...]:
        """Return the journal of a person's account."""
        return DynamoJournal().since(self.account(owner).journal, 0)


def request(
    owner: str, direction: Direction, cents: int, key: str = "a-key-of-16-letters", bank: str = BANK
) -> FlowRequest:
    """Return what a person asks for."""
    body = {"amount_cents": cents, "funding_account_id": bank}
    return FlowRequest(owner, direction, cents, bank, None, RequestKey.of(owner, direction.value, key, body))


def assert_ledger_agrees(harness: FundingHarness, owner: str) -> Mapping[LedgerAccount, int]:
    """Hold an account against its ledger: every sum, no gap, cash never below zero."""
    account, entries = harness.account(owner), harness.entries(owner)
    sums = totals(entries)
    assert sum(sums.values()) == 0
    assert {name: sums[name] for name in account.balances} == dict(account.balances)
    assert [entry.seq for entry in entries] == list(range(1, account.journal_seq + 1))
    assert all(entry.balance_cents >= 0 for entry in entries)
    assert account.cash_cents >= 0
    return sums
