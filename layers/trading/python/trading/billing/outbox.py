"""What billing puts into the outbox: one event for each transition."""

from typing import Any

from trading.billing.disputes.models import Dispute
from trading.billing.events import (
    BillingHoldLifted,
    BillingHoldSet,
    CardNeeded,
    ChargeActionRequired,
    ChargeDisputed,
    ChargeFailed,
    CommissionCharged,
    CreditPayoutDue,
    DisputeClosed,
    EvidenceDueSoon,
    EvidenceOverdue,
    InvoiceCreated,
    InvoiceCredited,
    PaymentDisputed,
    PaymentMethodActivated,
    PaymentNotOwed,
    RefundFailed,
)
from trading.billing.invoices.models import Attempt, Invoice
from trading.billing.models import BillingAccount
from trading.billing.payment_methods.models import PaymentMethod
from trading.billing.payouts.models import CreditPayout
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.outbox import OutboxEvent


def invoice_created(invoice: Invoice) -> OutboxEvent:
    """Return the event that an invoice is there."""
    return OutboxEvent(InvoiceCreated(**_payload(invoice)), invoice.invoice_id)


def charged(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Return the event that a commission was paid."""
    event = CommissionCharged(**_payload(invoice, attempt, cents))
    return OutboxEvent(event, invoice.payment_id(attempt.number))


def credited(invoice: Invoice, cents: int, reason_id: str) -> OutboxEvent:
    """Return the event that the person has a credit: an operator gave one, or money came that was not owed."""
    event = InvoiceCredited(**_payload(invoice, cents=cents))
    return OutboxEvent(event, f"{invoice.invoice_id}:{reason_id}")


def not_owed(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Return the event for operators that money came for an invoice that is not owed."""
    event = PaymentNotOwed(**_payload(invoice, attempt, cents))
    return OutboxEvent(event, f"{invoice.payment_id(attempt.number)}:{invoice.version}")


def failed(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Return the event that an attempt came to nothing."""
    event = ChargeFailed(
        **_payload(invoice, attempt), reason=attempt.reason or "", dunning_attempt=invoice.dunning_attempts
    )
    return OutboxEvent(event, invoice.payment_id(attempt.number))


def action_required(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Return the event that the person must authenticate a charge."""
    event = ChargeActionRequired(**_payload(invoice, attempt))
    return OutboxEvent(event, invoice.payment_id(attempt.number))


def hold_set(invoice: Invoice) -> OutboxEvent:
    """Return the event that buys and entries are stopped because an invoice could not be collected."""
    return OutboxEvent(BillingHoldSet(**_payload(invoice)), f"{invoice.invoice_id}:{invoice.version}")


def hold_lifted(invoice: Invoice) -> OutboxEvent:
    """Return the event that buys and entries go on."""
    return OutboxEvent(BillingHoldLifted(**_payload(invoice)), f"{invoice.invoice_id}:{invoice.version}")


def unknown(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Return the event for operators that a person must find out about an attempt, once each time it comes to that."""
    subject = f"{invoice.payment_id(attempt.number)}:{invoice.version}"
    return OutboxEvent(OutcomeNeedsPerson(**_payload(invoice, attempt)), subject)


def disputed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Return the event for operators that a charge is disputed, each time that gets worse."""
    subject = f"{dispute.dispute_id}:{dispute.version}"
    return OutboxEvent(ChargeDisputed(**_dispute_payload(invoice, attempt, dispute)), subject)


def payment_disputed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Return the event for the person that their bank contests a payment, once each time it begins to."""
    event = PaymentDisputed(**_dispute_payload(invoice, attempt, dispute))
    return OutboxEvent(event, f"{dispute.dispute_id}:{dispute.version}")


def dispute_closed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Return the event for the person how a dispute ended."""
    subject = f"{dispute.dispute_id}:{dispute.state}:{dispute.version}"
    return OutboxEvent(DisputeClosed(**_dispute_payload(invoice, attempt, dispute)), subject)


def evidence_wanted(dispute: Dispute, *, is_late: bool) -> OutboxEvent:
    """Return the event for operators that a bank waits for evidence whose deadline is near, or passed."""
    record = EvidenceOverdue if is_late else EvidenceDueSoon
    event = record(owner=dispute.owner, dispute_id=dispute.dispute_id, evidence_due_at=dispute.evidence_due_at)
    return OutboxEvent(event, f"{dispute.dispute_id}:{dispute.version}")


def refund_failed(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Return the event that money which was given back did not arrive, and is with us again."""
    event = RefundFailed(**_payload(invoice, attempt, cents))
    return OutboxEvent(event, f"{invoice.payment_id(attempt.number)}:{invoice.version}")


def payout_due(payout: CreditPayout) -> OutboxEvent:
    """Return the event for operators that a credit must be paid out, since its person's account is closed."""
    return OutboxEvent(CreditPayoutDue(owner=payout.owner, amount_cents=payout.cents), payout.payout_id)


def card_needed(owner: str, subject: str) -> OutboxEvent:
    """Return the event that no card of a person's can be charged any more."""
    return OutboxEvent(CardNeeded(owner=owner), subject)


def method_activated(billing: BillingAccount, method: PaymentMethod) -> tuple[OutboxEvent, ...]:
    """Return the event that has what is owed charged to another active method; none where nothing is owed."""
    if not billing.owed or method.set_active_at is None:
        return ()
    subject = f"{method.method_id}:{method.set_active_at.isoformat()}"
    return (OutboxEvent(PaymentMethodActivated(owner=billing.owner), subject),)


def _dispute_payload(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> dict[str, Any]:
    about = {"dispute_id": dispute.dispute_id, "state": dispute.state.value}
    return {**_payload(invoice, attempt, dispute.cents), **about}


def _payload(invoice: Invoice, attempt: Attempt | None = None, cents: int | None = None) -> dict[str, Any]:
    return {
        "owner": invoice.owner,
        "invoice_id": invoice.invoice_id,
        "period": invoice.period,
        "amount_cents": invoice.cents if cents is None else cents,
        "payment_id": None if attempt is None else invoice.payment_id(attempt.number),
    }
