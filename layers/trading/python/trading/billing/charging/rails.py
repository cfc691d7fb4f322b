"""The two rails: a card at Stripe, and the cash at the broker. Each asks, finds again, and says what is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from trading.billing.charging.outcomes import Known, reserved
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice
from trading.billing.models import BillingAccount, BillingState
from trading.billing.payment_methods.models import PaymentMethod, PaymentMethodKind
from trading.billing.ports import (
    BillingChange,
    CardCharge,
    CardProcessor,
    CashBroker,
    ChargeOrder,
    IntentStatus,
)
from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder, PaymentStatus
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count

SUPERSEDED, MISSING, NO_METHOD = "superseded", "resource_missing", "no_payment_method"
_STATUSES = {
    IntentStatus.SUCCEEDED: AttemptStatus.SUCCESS,
    IntentStatus.PROCESSING: AttemptStatus.PENDING,
    IntentStatus.REQUIRES_ACTION: AttemptStatus.REQUIRES_AUTHENTICATION,
    IntentStatus.DECLINED: AttemptStatus.FAILED,
    IntentStatus.CANCELED: AttemptStatus.FAILED,
}

OnMissing = Callable[[str, str, str], object]


class Rail(Protocol):
    """A way to collect. Between `key_lifetime` and `lost_after` nothing is sent, so that a search that lags catches up.

    What it asks raises Unavailable or OutcomeUnknown where the partner does not answer.
    """

    @property
    def key_lifetime(self) -> timedelta:
        """Return how long an attempt may be sent again under its key."""
        ...

    @property
    def lost_after(self) -> timedelta:
        """Return after how long an attempt that nothing can be found of never arrived."""
        ...

    def with_reservation(
        self, state: BillingState, attempt: Attempt, change: BillingChange, at: datetime
    ) -> BillingChange | None:
        """Return the change that writes an attempt, with what is held for it; None where there is too little."""
        ...

    def charge(self, state: BillingState, attempt: Attempt) -> Known:
        """Ask for an attempt's amount, under the attempt's key.

        Raises:
            Refused: if the partner does not take it.
        """
        ...

    def follow_refusal(self, state: BillingState, attempt: Attempt, refusal: Refused) -> None:
        """Follow what a refusal says beyond the attempt."""
        ...

    def find(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Return what became of an attempt; None where nothing of it can be found.

        Raises:
            Refused: if the partner does not know what it answered before.
        """
        ...

    def read_record(self, invoice: Invoice, attempt: Attempt, reference: str) -> Known | None:
        """Return what a partner's record says of an attempt; None if the record is of another.

        Raises:
            Refused: if there is no such record.
        """
        ...


@dataclass(frozen=True)
class CardRail:
    """Charges cards. `on_missing` follows that Stripe does not find customer or card."""

    processor: CardProcessor
    on_missing: OnMissing = lambda *_: None
    key_lifetime: timedelta = timedelta(hours=23)
    lost_after: timedelta = timedelta(hours=24)

    def with_reservation(
        self, state: BillingState, attempt: Attempt, change: BillingChange, at: datetime
    ) -> BillingChange:
        """Return the change as it is: nothing is held on a card, and nobody knows what it has."""
        del state, attempt, at
        return change

    def charge(self, state: BillingState, attempt: Attempt) -> Known:
        """Charge a card for an attempt, under the attempt's key."""
        invoice, billing = state.require_invoice()
        method = _charged_method(billing, attempt)
        if method is None or billing.customer_id is None:
            return Known(AttemptStatus.FAILED, reason=NO_METHOD)
        order = ChargeOrder(
            billing.customer_id,
            method.reference,
            attempt.cents,
            invoice.invoice_id,
            attempt.number,
            invoice.description,
        )
        return known_of(self.processor.charge(order, key=invoice.key(attempt.number)))

    def follow_refusal(self, state: BillingState, attempt: Attempt, refusal: Refused) -> None:
        """Follow that customer or card are missing at Stripe."""
        _, billing = state.require_invoice()
        method = _charged_method(billing, attempt)
        if refusal.code == MISSING and method is not None and billing.customer_id is not None:
            self.on_missing(billing.owner, billing.customer_id, method.reference)

    def find(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Return what became of an attempt; None where nothing of it can be found.

        A search says that a charge is there, but late what became of it: that is read.
        """
        if attempt.reference is not None:
            return known_of(self.processor.charge_of(attempt.reference))
        invoice, _ = state.require_invoice()
        charges = self.processor.find_charges(invoice.invoice_id)
        found = next((charge for charge in charges if charge.number == attempt.number), None)
        return known_of(self.processor.charge_of(found.reference)) if found is not None else None

    def read_record(self, invoice: Invoice, attempt: Attempt, reference: str) -> Known | None:
        """Return what a charge says of an attempt; None if it carries another."""
        charge = self.processor.charge_of(reference)
        wanted = (invoice.invoice_id, attempt.number, attempt.cents)
        return known_of(charge) if (charge.invoice_id, charge.number, charge.cents) == wanted else None

    def cancel(self, reference: str) -> Known:
        """Cancel a charge that somebody could still finish; return what it is then, which may be paid after all.

        One that Stripe does not find nobody can finish.
        """
        try:
            known = known_of(self.processor.cancel(reference))
        except Refused:
            return Known(AttemptStatus.FAILED, reference, SUPERSEDED)
        return replace(known, reason=SUPERSEDED) if known.status is AttemptStatus.FAILED else known

    def secret(self, reference: str) -> str | None:
        """Return the secret by which the person finishes a charge."""
        return self.processor.charge_of(reference).client_secret


@dataclass(frozen=True)
class CashRail:
    """Takes fees from the cash at the broker. While `is_halted` none that waits for its advisor is approved."""

    broker: CashBroker
    is_halted: Callable[[], bool]
    key_lifetime: timedelta = IDEMPOTENCY_WINDOW
    lost_after: timedelta = IDEMPOTENCY_WINDOW + timedelta(hours=1)

    def with_reservation(
        self, state: BillingState, attempt: Attempt, change: BillingChange, at: datetime
    ) -> BillingChange | None:
        """Return the change with the free cash that is held, and whose attempt the payment's note names."""
        if state.account is None or state.account.cash_cents < attempt.cents:
            return None
        invoice, _ = state.require_invoice()
        payment_id = invoice.payment_id(attempt.number)
        account, entry = reserved(state.account, attempt, payment_id, at)
        place = f"{invoice.period}#{attempt.number}"
        return replace(
            change,
            account=account,
            entries=(entry,) if entry else (),
            references=(("fee-payment", payment_id, place),),
        )

    def charge(self, state: BillingState, attempt: Attempt) -> Known:
        """Ask the broker for an attempt's amount, under the attempt's key.

        Raises:
            Refused: if there is no account to take it from.
        """
        (invoice, _), account = state.require_invoice(), state.account
        if account is None or account.account_no is None:
            raise Refused("There is no account.", code="account_not_open")
        order = PaymentOrder(account.account_no, attempt.cents, "", invoice.payment_id(attempt.number))
        return self.advance(self.broker.take_fee(order, key=invoice.key(attempt.number)))

    def follow_refusal(self, state: BillingState, attempt: Attempt, refusal: Refused) -> None:
        """Follow nothing: the broker's refusal is of the attempt alone."""

    def find(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Return what became of an attempt; None where nothing of it can be found."""
        if attempt.reference is not None:
            return self.advance(self.broker.payment(Direction.WITHDRAWAL, attempt.reference))
        (invoice, _), account = state.require_invoice(), state.account
        if account is None or account.user_id is None:
            return None
        payments = self.broker.payments_of(account.user_id, Direction.WITHDRAWAL)
        note = invoice.payment_id(attempt.number)
        return next((self.advance(payment) for payment in payments if payment.note == note), None)

    def read_record(self, invoice: Invoice, attempt: Attempt, reference: str) -> Known | None:
        """Return what a payment says of an attempt; None if it carries another."""
        payment = self.broker.payment(Direction.WITHDRAWAL, reference)
        is_ours = payment.note == invoice.payment_id(attempt.number) and abs(payment.cents) == attempt.cents
        return self.advance(payment) if is_ours else None

    def advance(self, payment: BrokerPayment, *, is_wanted: bool = True) -> Known:
        """Approve or reject a payment that waits for its advisor; return what it says of its attempt.

        While money is halted it goes on waiting: its next lookup is soon.
        """
        if payment.status is PaymentStatus.AWAITING_ADVISOR:
            if is_wanted and self.is_halted():
                return Known(AttemptStatus.PENDING, payment.payment_id, is_held=True)
            answer = self.broker.approve_redemption if is_wanted else self.broker.reject_redemption
            try:
                answer(payment.payment_id)
            except (Refused, Unavailable, OutcomeUnknown):
                count("FeeApprovalsFailed")
        if payment.status is PaymentStatus.SUCCESSFUL:
            return Known(AttemptStatus.SUCCESS, payment.payment_id)
        if payment.status in {PaymentStatus.FAILED, PaymentStatus.RETURNED}:
            return Known(AttemptStatus.FAILED, payment.payment_id, "redemption_failed")
        return Known(AttemptStatus.PENDING, payment.payment_id)


@dataclass(frozen=True)
class Rails:
    """The rails, each by what is charged over it."""

    cards: CardRail
    cash: CashRail

    def of(self, kind: PaymentMethodKind) -> Rail:
        """Return the rail of a kind of payment methods."""
        return self.cash if kind is PaymentMethodKind.CASH else self.cards


def known_of(charge: CardCharge) -> Known:
    """Return what a charge says of an attempt; a status that nobody knows leaves it pending."""
    if charge.status is None:
        count("UnknownChargeStatuses")
        return Known(AttemptStatus.PENDING, charge.reference)
    status = _STATUSES[charge.status]
    why = (charge.reason or charge.status.value) if status is AttemptStatus.FAILED else charge.reason
    return Known(status, charge.reference, why)


def _charged_method(billing: BillingAccount, attempt: Attempt) -> PaymentMethod | None:
    return next((method for method in billing.methods if method.method_id == attempt.method_id), None)
