"""Events of billing: invoices, charges, disputes, refunds and payment methods."""

from datetime import datetime

from trading.platform.domain_events import PersonEvent, Subscriber


class InvoiceEvent(PersonEvent):
    """Something that happened to an invoice; `payment_id` names the attempt at it, where there is one."""

    invoice_id: str
    period: str
    amount_cents: int
    payment_id: str | None = None


class DisputeEvent(InvoiceEvent):
    """Something that happened to a disputed payment; its amount is the dispute's."""

    dispute_id: str
    state: str


class EvidenceEvent(PersonEvent):
    """A bank waits for evidence in a dispute."""

    dispute_id: str
    evidence_due_at: datetime | None = None


class InvoiceCreated(InvoiceEvent):
    """An invoice was made."""

    name = "invoice_created"


class CommissionCharged(InvoiceEvent):
    """A commission was paid."""

    name = "commission_charged"
    subscribers = (Subscriber.NOTIFICATIONS,)


class InvoiceCredited(InvoiceEvent):
    """A person has a credit: an operator gave one, or money came that was not owed."""

    name = "invoice_credited"
    subscribers = (Subscriber.NOTIFICATIONS,)


class PaymentNotOwed(InvoiceEvent):
    """Money came for an invoice that is not owed."""

    name = "payment_not_owed"


class ChargeFailed(InvoiceEvent):
    """An attempt at an invoice came to nothing."""

    name = "charge_failed"
    subscribers = (Subscriber.NOTIFICATIONS,)

    reason: str
    dunning_attempt: int


class ChargeActionRequired(InvoiceEvent):
    """A person must authenticate a charge."""

    name = "charge_action_required"
    subscribers = (Subscriber.NOTIFICATIONS,)


class BillingHoldSet(InvoiceEvent):
    """Buys and entries are stopped, because an invoice could not be collected."""

    name = "billing_hold_set"
    subscribers = (Subscriber.ENTRY_CANCELLATIONS, Subscriber.NOTIFICATIONS)


class BillingHoldLifted(InvoiceEvent):
    """Buys and entries go on."""

    name = "billing_hold_lifted"
    subscribers = (Subscriber.NOTIFICATIONS,)


class ChargeDisputed(DisputeEvent):
    """A bank contests a payment or asks about it, or that got worse: for operators."""

    name = "charge_disputed"


class PaymentDisputed(DisputeEvent):
    """A bank begins to contest a payment: for the person."""

    name = "payment_disputed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class DisputeClosed(DisputeEvent):
    """A dispute came to its end."""

    name = "dispute_closed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class EvidenceDueSoon(EvidenceEvent):
    """The deadline for evidence is near."""

    name = "evidence_due_soon"


class EvidenceOverdue(EvidenceEvent):
    """The deadline for evidence passed without any."""

    name = "evidence_overdue"


class RefundFailed(InvoiceEvent):
    """Money that was given back did not arrive, and is with us again."""

    name = "refund_failed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class CreditPayoutDue(PersonEvent):
    """A credit must be paid out, since its person's account is closed."""

    name = "credit_payout_due"

    amount_cents: int


class CardNeeded(PersonEvent):
    """No card of a person's can be charged any more."""

    name = "card_needed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class PaymentMethodActivated(PersonEvent):
    """Another payment method became active while something is owed."""

    name = "payment_method_activated"
    subscribers = (Subscriber.INVOICE_CHARGES,)
