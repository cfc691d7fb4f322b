"""What billing needs of the world outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from trading.billing.accrual.models import DayFee
from trading.billing.disputes.models import Dispute, DisputeReport
from trading.billing.invoices.models import Attempt, Invoice, InvoiceStatus
from trading.billing.models import BillingAccount, BillingState, StripeEvent
from trading.billing.payouts.models import CreditPayout
from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder
from trading.funding.accounts.models import TradingAccount
from trading.ledger.models import Entry
from trading.platform.audit import Audit
from trading.platform.outbox import OutboxEvent
from trading.platform.receipts import Receipt


@dataclass(frozen=True)
class BillingChange:
    """Everything that one step writes, in one transaction. What is None stays as it is.

    `references` lead from a partner's or our own id to the owner: kind, id, and what of theirs it is.
    """

    billing: BillingAccount | None = None
    invoice: Invoice | None = None
    account: TradingAccount | None = None
    entries: tuple[Entry, ...] = ()
    fees: tuple[DayFee, ...] = ()
    events: tuple[OutboxEvent, ...] = ()
    event_id: str | None = None
    receipt: Receipt | None = None
    references: tuple[tuple[str, str, str], ...] = ()
    audit: Audit | None = None
    action: str = ""
    at: datetime | None = None
    dispute: Dispute | None = None
    payout: CreditPayout | None = None


@dataclass(frozen=True)
class InvoicePage:
    """Invoices, newest first, and where the next page starts, if there is one."""

    invoices: tuple[Invoice, ...]
    next_after: str | None


@dataclass(frozen=True)
class AttemptPage:
    """Attempts with the month of their invoice, newest first, and where the next page starts, if there is one."""

    items: tuple[tuple[str, Attempt], ...]
    next_after: str | None


class BillingStore(Protocol):
    """Billing accounts, invoices and the fees of days."""

    def load(self, owner: str, period: str | None = None, days: Iterable[date] = ()) -> BillingState:
        """Return what is known of a person, strongly consistent, by one request; of days worth and fees."""
        ...

    def commit(self, change: BillingChange) -> BillingState:
        """Write a step in one transaction; return what was written.

        Raises:
            AlreadyHandled: if the event was handled before.
            StaleRecord: if anything concerned changed since it was read.
        """
        ...

    def invoice_of(self, invoice_id: str) -> tuple[str, str] | None:
        """Return owner and month of an invoice."""
        ...

    def attempt_of(self, payment_id: str) -> tuple[str, str] | None:
        """Return owner and month of the invoice that an attempt on brokerage cash belongs to."""
        ...

    def invoices(self, owner: str, *, status: InvoiceStatus | None, after: str | None, limit: int) -> InvoicePage:
        """Return a person's invoices, newest first, with their attempts."""
        ...

    def attempts(self, owner: str, *, after: str | None, limit: int) -> AttemptPage:
        """Return a person's attempts, newest first."""
        ...

    def fees(self, owner: str, period: str) -> tuple[DayFee, ...]:
        """Return the days of a month that are accrued, oldest first."""
        ...

    def owner_of_customer(self, customer_id: str) -> str | None:
        """Return whose a customer at Stripe is."""
        ...


@dataclass(frozen=True)
class Card:
    """A card at Stripe: its id, whose it is there, what people call it, and its last day."""

    reference: str
    customer_id: str | None
    name: str
    expires_on: date | None = None


@dataclass(frozen=True)
class SetupSession:
    """A visit to Stripe's page. `card` is the card that it brought, None while it is not complete."""

    session_id: str
    url: str | None
    profile_id: str | None
    card: Card | None
    is_complete: bool


class IntentStatus(StrEnum):
    """The status of a charge at Stripe."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    DECLINED = "declined"
    CANCELED = "canceled"


@dataclass(frozen=True)
class CardCharge:
    """A charge at Stripe. `status` is None where Stripe's is not known to us; `reason` is a decline's code."""

    reference: str
    status: IntentStatus | None
    raw_status: str
    cents: int
    reason: str | None
    client_secret: str | None
    invoice_id: str | None
    number: int | None


@dataclass(frozen=True)
class ChargeOrder:
    """What a card is to be charged for: cents, with our ids in its metadata."""

    customer_id: str
    card: str
    cents: int
    invoice_id: str
    number: int
    description: str


@dataclass(frozen=True)
class RefundReport:
    """A refund at Stripe; what failed or was canceled moved no money (`is_live` is False)."""

    reference: str
    cents: int
    is_live: bool


class CardProcessor(Protocol):
    """Stripe. Writes raise Refused, Unavailable or OutcomeUnknown, reads Refused (`not_found`) or Unavailable."""

    def create_customer(self, owner: str, *, key: str) -> str:
        """Make a customer; return its id."""
        ...

    def find_customer(self, owner: str) -> str | None:
        """Return the customer that was made for a person, as far as Stripe's search knows."""
        ...

    def create_setup_session(self, customer_id: str, owner: str, success_url: str, cancel_url: str) -> SetupSession:
        """Make a session in which a person gives a card."""
        ...

    def setup_session(self, session_id: str) -> SetupSession:
        """Return a session, with its card."""
        ...

    def card(self, reference: str) -> Card:
        """Return a card."""
        ...

    def detach(self, reference: str) -> None:
        """Forget a card; one that is gone already is fine."""
        ...

    def charge(self, order: ChargeOrder, *, key: str) -> CardCharge:
        """Charge a card, once a key while Stripe remembers it. A decline is an answer, not an error."""
        ...

    def charge_of(self, reference: str) -> CardCharge:
        """Return a charge."""
        ...

    def find_charges(self, invoice_id: str) -> tuple[CardCharge, ...]:
        """Return the charges that carry an invoice's id, as far as Stripe's search knows."""
        ...

    def refunds_of(self, reference: str) -> tuple[RefundReport, ...]:
        """Return the refunds of a charge."""
        ...

    def dispute(self, dispute_id: str) -> DisputeReport:
        """Return a dispute."""
        ...

    def has_customer(self, customer_id: str) -> bool:
        """Say whether a customer is still there."""
        ...

    def cancel(self, reference: str) -> CardCharge:
        """Cancel a charge that is not done; return what it is then."""
        ...


class WebhookVerifier(Protocol):
    """Knows the webhooks that the processor of cards sent."""

    def verify(self, raw: bytes, header: str) -> StripeEvent:
        """Return the event that a webhook reports.

        Raises:
            InvalidRequest: if it cannot be verified, whatever is wrong with it.
            KeysUnusable: if we have no secret to verify it with; the webhook is sent again.
        """
        ...


class CashBroker(Protocol):
    """The broker, as far as fees are taken from cash there."""

    def take_fee(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for a fee to be moved to our own account. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def payment(self, direction: Direction, payment_id: str) -> BrokerPayment:
        """Return a payment."""
        ...

    def payments_of(self, user_id: str, direction: Direction) -> tuple[BrokerPayment, ...]:
        """Return a user's payments of a direction."""
        ...

    def approve_redemption(self, payment_id: str) -> None:
        """Approve a redemption as the advisor."""
        ...

    def reject_redemption(self, payment_id: str) -> None:
        """Reject a redemption as the advisor."""
        ...
