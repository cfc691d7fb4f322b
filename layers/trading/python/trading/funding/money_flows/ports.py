"""What money flows need of the world outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trading.brokerage.models import BrokerPayment, Direction, MoneySummary, PaymentOrder
from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.ledger.models import Entry
from trading.platform.audit import Audit
from trading.platform.outbox import OutboxEvent


@dataclass(frozen=True)
class FlowState:
    """A person's account, if there is one, and one money flow of theirs, if there is."""

    account: TradingAccount | None
    flow: MoneyFlow | None


@dataclass(frozen=True)
class FlowChange:
    """Everything that one step writes, in one transaction.

    `account` is None where the step leaves it alone; `judged_by` is then the account by which the step
    was decided, if it must not have changed meanwhile. A new flow is written on the condition that its
    bank account is still linked, a submission on the condition that money is not stopped for everybody.
    `event_id` is the broker's event that led here, `audit` the operator whose decision it is.
    """

    flow: MoneyFlow
    account: TradingAccount | None = None
    entry: Entry | None = None
    events: tuple[OutboxEvent, ...] = ()
    event_id: str | None = None
    audit: Audit | None = None
    judged_by: TradingAccount | None = None
    is_submission: bool = False


@dataclass(frozen=True)
class FlowPage:
    """Money flows, newest first, and where the next page starts, if there is one."""

    flows: tuple[MoneyFlow, ...]
    next_after: str | None


class FlowStore(Protocol):
    """Money flows with the account that they move."""

    def load(self, owner: str, flow_id: str) -> FlowState:
        """Return a person's account and a money flow, strongly consistent, by one request."""
        ...

    def commit(self, change: FlowChange) -> FlowState:
        """Write a step in one transaction; return account and flow as written.

        Raises:
            AlreadyHandled: if the broker's event was handled before.
            NotLinked: if a new flow's bank account is not linked any more.
            MoneyHalted: if it is a submission and money is stopped for everybody.
            StaleRecord: if account or flow changed since they were read.
        """
        ...

    def publish(self, event: OutboxEvent) -> None:
        """Write an event that no record changes with."""
        ...

    def owner_of_flow(self, flow_id: str) -> str | None:
        """Return whose a money flow is, strongly consistent."""
        ...

    def flow_of_payment(self, payment_id: str) -> tuple[str, str] | None:
        """Return owner and id of the money flow that a payment of the broker belongs to."""
        ...

    def find(self, owner: str, flow_id: str) -> MoneyFlow | None:
        """Return a person's money flow."""
        ...

    def page(
        self, owner: str, *, direction: Direction | None, status: FlowStatus | None, after: str | None, limit: int
    ) -> FlowPage:
        """Return a person's money flows, newest first."""
        ...


class BankAccount(Protocol):
    """A linked bank account, as far as money flows are concerned."""

    @property
    def funding_account_id(self) -> str:
        """Return our id."""
        ...

    @property
    def broker_bank_account_id(self) -> str | None:
        """Return the broker's id."""
        ...

    @property
    def balance_cents(self) -> int | None:
        """Return the balance that the bank gave last."""
        ...

    @property
    def needs_reauth(self) -> bool:
        """Say whether the person must sign in at the bank again."""
        ...

    @property
    def linked_at(self) -> datetime | None:
        """Return the moment it was linked."""
        ...


class Banks(Protocol):
    """The bank accounts of people."""

    def for_deposit(self, owner: str, funding_account_id: str) -> BankAccount:
        """Return a linked bank account with a fresh balance.

        Raises:
            NotFound: if the person has no such account.
            Conflict: `bank_needs_reauth`, or `balance_unavailable` if the bank cannot be asked.
        """
        ...

    def for_withdrawal(self, owner: str, funding_account_id: str) -> BankAccount:
        """Return a linked bank account.

        Raises:
            NotFound: if the person has no such account.
        """
        ...

    def flag_needs_reauth(self, owner: str, funding_account_id: str) -> None:
        """Have the person sign in at the bank again."""
        ...


class FundingBroker(Protocol):
    """The broker's payments."""

    def deposit(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for a deposit. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def redeem(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for a withdrawal. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def payment(self, direction: Direction, payment_id: str) -> BrokerPayment:
        """Return a payment. Raises Refused (`not_found`) or Unavailable."""
        ...

    def payments_of(self, user_id: str, direction: Direction) -> tuple[BrokerPayment, ...]:
        """Return every payment of a user. Raises Unavailable."""
        ...

    def approve_redemption(self, payment_id: str) -> None:
        """Approve a withdrawal as the advisor. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def reject_redemption(self, payment_id: str) -> None:
        """Reject a withdrawal as the advisor. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def money(self, account_id: str) -> MoneySummary:
        """Return an account's cash. Raises Unavailable."""
        ...


@dataclass(frozen=True)
class Limits:
    """How much may be asked for in a day, each way, and how long a bank account waits for withdrawals.

    `settled_business_days` counts from the first deposit of the bank account that succeeded,
    `linked_days` from the day it was linked; either is enough.
    """

    max_a_day_cents: Mapping[Direction, int]
    settled_business_days: int
    linked_days: int
