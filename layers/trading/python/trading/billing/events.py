"""What billing tells: one event for each transition, named after what people are told."""

from trading.billing.invoices.models import Attempt, Invoice
from trading.platform.outbox import OutboxEvent


def invoice_created(invoice: Invoice) -> OutboxEvent:
    """Tell that an invoice is there."""
    return OutboxEvent("invoice_created", invoice.invoice_id, _told(invoice))


def charged(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Tell that a commission was paid."""
    return OutboxEvent("commission_charged", invoice.payment_id(attempt.number), _told(invoice, attempt))


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
    """Tell operators that nobody but a person can find out what became of an attempt."""
    subject = f"{invoice.payment_id(attempt.number)}:{attempt.looks}"
    return OutboxEvent("outcome_needs_person", subject, _told(invoice, attempt))


def disputed(invoice: Invoice, attempt: Attempt) -> OutboxEvent:
    """Tell operators that a person disputes a charge."""
    return OutboxEvent("charge_disputed", invoice.payment_id(attempt.number), _told(invoice, attempt))


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
