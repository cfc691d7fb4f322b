"""What billing tells: one event for each transition, named after what people are told."""

from trading.billing.disputes.models import Dispute
from trading.billing.invoices.models import Attempt, Invoice
from trading.billing.methods.models import PaymentMethod
from trading.billing.models import BillingAccount
from trading.billing.payouts.models import CreditPayout
from trading.platform.outbox import OutboxEvent


def invoice_created(invoice: Invoice) -> OutboxEvent:
    """Tell that an invoice is there."""
    return OutboxEvent("invoice_created", invoice.invoice_id, _told(invoice))


def charged(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Tell that a commission was paid."""
    told = {**_told(invoice, attempt), "amount_cents": cents}
    return OutboxEvent("commission_charged", invoice.payment_id(attempt.number), told)


def credited(invoice: Invoice, cents: int, reason_id: str) -> OutboxEvent:
    """Tell that the person has a credit: an operator gave one, or money came that was not owed."""
    told = {**_told(invoice), "amount_cents": cents}
    return OutboxEvent("invoice_credited", f"{invoice.invoice_id}:{reason_id}", told)


def not_owed(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Tell operators that money came for an invoice that is not owed."""
    told = {**_told(invoice, attempt), "amount_cents": cents}
    return OutboxEvent("payment_not_owed", f"{invoice.payment_id(attempt.number)}:{invoice.version}", told)


def failed(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Tell that an attempt came to nothing."""
    told = {**_told(invoice, attempt), "reason": attempt.reason or "", "step": invoice.step}
    return OutboxEvent("charge_failed", invoice.payment_id(attempt.number), told)


def action_required(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Tell that the person must authenticate a charge."""
    return OutboxEvent("charge_action_required", invoice.payment_id(attempt.number), _told(invoice, attempt))


def hold_set(invoice: Invoice) -> OutboxEvent:
    """Tell that buys and entries are stopped because an invoice could not be collected."""
    return OutboxEvent("billing_hold_set", f"{invoice.invoice_id}:{invoice.version}", _told(invoice))


def hold_lifted(invoice: Invoice) -> OutboxEvent:
    """Tell that they go on."""
    return OutboxEvent("billing_hold_lifted", f"{invoice.invoice_id}:{invoice.version}", _told(invoice))


def unknown(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Tell operators that a person must find out what became of an attempt, once each time it comes to that."""
    subject = f"{invoice.payment_id(attempt.number)}:{invoice.version}"
    return OutboxEvent("outcome_needs_person", subject, _told(invoice, attempt))


def disputed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Tell operators that a charge is disputed, each time that gets worse."""
    subject = f"{dispute.dispute_id}:{dispute.version}"
    return OutboxEvent("charge_disputed", subject, _told_of(invoice, attempt, dispute))


def payment_disputed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Tell the person that their bank contests a payment, once each time it begins to."""
    return OutboxEvent(
        "payment_disputed", f"{dispute.dispute_id}:{dispute.version}", _told_of(invoice, attempt, dispute)
    )


def dispute_closed(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> OutboxEvent:
    """Tell the person how a dispute ended."""
    subject = f"{dispute.dispute_id}:{dispute.state}:{dispute.version}"
    return OutboxEvent("dispute_closed", subject, _told_of(invoice, attempt, dispute))


def evidence_wanted(dispute: Dispute, *, is_late: bool) -> OutboxEvent:
    """Tell operators that a bank waits for evidence whose deadline is near, or passed."""
    name = "evidence_overdue" if is_late else "evidence_due_soon"
    due = dispute.evidence_due_at.isoformat() if dispute.evidence_due_at is not None else ""
    told: dict[str, str | int] = {"owner": dispute.owner, "dispute_id": dispute.dispute_id, "evidence_due_at": due}
    return OutboxEvent(name, f"{dispute.dispute_id}:{dispute.version}", told)


def refund_failed(invoice: Invoice, attempt: Attempt, cents: int) -> OutboxEvent:
    """Tell that money which was given back did not arrive, and is with us again."""
    told = {**_told(invoice, attempt), "amount_cents": cents}
    return OutboxEvent("refund_failed", f"{invoice.payment_id(attempt.number)}:{invoice.version}", told)


def payout_due(payout: CreditPayout) -> OutboxEvent:
    """Tell operators that a credit must be paid out, since its person's account is closed."""
    return OutboxEvent("credit_payout_due", payout.payout_id, {"owner": payout.owner, "amount_cents": payout.cents})


def card_needed(owner: str, subject: str) -> OutboxEvent:
    """Tell that no card of a person's can be charged any more."""
    return OutboxEvent("card_needed", subject, {"owner": owner})


def method_activated(billing: BillingAccount, method: PaymentMethod) -> tuple[OutboxEvent, ...]:
    """Have what is owed charged, because another method became active; nothing where nothing is owed."""
    if not billing.owed or method.set_active_at is None:
        return ()
    subject = f"{method.method_id}:{method.set_active_at.isoformat()}"
    return (OutboxEvent("payment_method_activated", subject, {"owner": billing.owner}),)


def _told_of(invoice: Invoice, attempt: Attempt, dispute: Dispute) -> dict[str, str | int]:
    about = {"dispute_id": dispute.dispute_id, "state": dispute.state.value, "amount_cents": dispute.cents}
    return {**_told(invoice, attempt), **about}


def _told(invoice: Invoice, attempt: Attempt | None = None) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "owner": invoice.owner,
        "invoice_id": invoice.invoice_id,
        "period": invoice.period,
        "amount_cents": invoice.cents,
    }
    if attempt is not None:
        told["payment_id"] = invoice.payment_id(attempt.number)
    return told
