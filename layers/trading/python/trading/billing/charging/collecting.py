"""The two rails: a card at Stripe, and the cash at the broker. Each asks, finds again, and says what is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from trading.billing.charging.outcomes import Known
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice
from trading.billing.methods.models import PaymentMethod
from trading.billing.ports import CardCharge, CardProcessor, CashBroker, ChargeOrder, IntentStatus
from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder, PaymentStatus
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW
from trading.funding.accounts.models import TradingAccount
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count

SUPERSEDED = "superseded"
_STATUSES = {
    IntentStatus.SUCCEEDED: AttemptStatus.SUCCESS,
    IntentStatus.PROCESSING: AttemptStatus.PENDING,
    IntentStatus.REQUIRES_ACTION: AttemptStatus.REQUIRES_AUTHENTICATION,
    IntentStatus.DECLINED: AttemptStatus.FAILED,
    IntentStatus.CANCELED: AttemptStatus.FAILED,
}


@dataclass(frozen=True)
class CardRail:
    """Charges cards. Between `key_lives` and `lost_after` nothing is sent, so that a search that lags catches up."""

    processor: CardProcessor
    key_lives: timedelta = timedelta(hours=23)
    lost_after: timedelta = timedelta(hours=24)

    def charge(self, customer_id: str, method: PaymentMethod, invoice: Invoice, attempt: Attempt) -> Known:
        """Charge a card for an attempt, under the attempt's key."""
        order = ChargeOrder(
            customer_id, method.reference, attempt.cents, invoice.invoice_id, attempt.number, invoice.description
        )
        return known_of(self.processor.charge(order, key=invoice.key(attempt.number)))

    def found(self, account: TradingAccount | None, invoice: Invoice, attempt: Attempt) -> Known | None:
        """Return what became of an attempt; None where nothing of it can be found.

        A search tells that a charge is there, but late how it stands: that is read.
        """
        del account
        if attempt.reference is not None:
            return known_of(self.processor.charge_of(attempt.reference))
        charges = self.processor.find_charges(invoice.invoice_id)
        found = next((charge for charge in charges if charge.number == attempt.number), None)
        return known_of(self.processor.charge_of(found.reference)) if found is not None else None

    def cancelled(self, reference: str) -> Known:
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
    """Takes fees from the cash at the broker. While `is_stopped` none that waits for its advisor is approved."""

    broker: CashBroker
    is_stopped: Callable[[], bool]
    key_lives: timedelta = IDEMPOTENCY_WINDOW
    lost_after: timedelta = IDEMPOTENCY_WINDOW + timedelta(hours=1)

    def take(self, account: TradingAccount | None, invoice: Invoice, attempt: Attempt) -> Known:
        """Ask the broker for an attempt's amount, under the attempt's key.

        Raises:
            Refused: if there is no account to take it from.
        """
        if account is None or account.account_no is None:
            raise Refused("There is no account.", code="account_not_open")
        order = PaymentOrder(account.account_no, attempt.cents, "", invoice.payment_id(attempt.number))
        return self.known(self.broker.take_fee(order, key=invoice.key(attempt.number)))

    def found(self, account: TradingAccount | None, invoice: Invoice, attempt: Attempt) -> Known | None:
        """Return what became of an attempt; None where nothing of it can be found."""
        if attempt.reference is not None:
            return self.known(self.broker.payment(Direction.WITHDRAWAL, attempt.reference))
        if account is None or account.user_id is None:
            return None
        payments = self.broker.payments_of(account.user_id, Direction.WITHDRAWAL)
        note = invoice.payment_id(attempt.number)
        return next((self.known(payment) for payment in payments if payment.note == note), None)

    def known(self, payment: BrokerPayment, *, is_wanted: bool = True) -> Known:
        """Return what a payment says of an attempt; one that waits for its advisor is approved, or rejected.

        While money is stopped it goes on waiting: it is looked at again soon.
        """
        if payment.status is PaymentStatus.AWAITING_ADVISOR:
            if is_wanted and self.is_stopped():
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


def known_of(charge: CardCharge) -> Known:
    """Return what a charge says of an attempt; a status that nobody knows leaves it pending."""
    if charge.status is None:
        count("UnknownChargeStatuses")
        return Known(AttemptStatus.PENDING, charge.reference)
    status = _STATUSES[charge.status]
    why = (charge.reason or charge.status.value) if status is AttemptStatus.FAILED else charge.reason
    return Known(status, charge.reference, why)
