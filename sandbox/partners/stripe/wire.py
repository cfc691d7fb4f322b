"""The shapes of Stripe's answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.partners.stripe.cards import LAST4
from sandbox.partners.stripe.state import (
    Charge,
    Customer,
    Dispute,
    Event,
    Intent,
    IntentStatus,
    PaymentMethod,
    Refund,
    Session,
    SetupIntent,
)

API_VERSION = "2026-10-28.endive"
Json = dict[str, Any]


def customer_json(customer: Customer) -> Json:
    """Return a customer."""
    return {
        **_head(customer.customer_id, "customer", customer.created),
        "email": customer.email,
        "name": customer.name,
        "metadata": customer.metadata,
        "invoice_settings": {"default_payment_method": None},
    }


def deleted_customer(customer_id: str) -> Json:
    """Return what is left of a customer that was deleted."""
    return {"id": customer_id, "object": "customer", "deleted": True}


def session_json(session: Session) -> Json:
    """Return a checkout session; its address is gone once it is not open."""
    is_open = session.status == "open"
    return {
        **_head(session.session_id, "checkout.session", session.created),
        "mode": "setup",
        "status": session.status,
        "payment_status": "no_payment_required",
        "customer": session.customer_id,
        "client_reference_id": session.reference,
        "setup_intent": session.setup_intent_id,
        "payment_intent": None,
        "currency": session.currency,
        "payment_method_types": ["card"],
        "success_url": session.success_url,
        "cancel_url": session.cancel_url,
        "url": f"https://checkout.stripe.com/c/pay/{session.session_id}" if is_open else None,
        "expires_at": _seconds(session.expires),
        "metadata": session.metadata,
    }


def setup_intent_json(setup_intent: SetupIntent) -> Json:
    """Return a setup intent."""
    return {
        **_head(setup_intent.setup_intent_id, "setup_intent", setup_intent.created),
        "client_secret": f"{setup_intent.setup_intent_id}_secret_sandbox",
        "customer": setup_intent.customer_id,
        "payment_method": setup_intent.payment_method_id,
        "payment_method_types": ["card"],
        "status": setup_intent.status,
        "usage": "off_session",
        "last_setup_error": None,
        "metadata": setup_intent.metadata,
    }


def payment_method_json(payment_method: PaymentMethod) -> Json:
    """Return a payment method."""
    nowhere = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    last4 = LAST4[payment_method.card]
    return {
        **_head(payment_method.payment_method_id, "payment_method", payment_method.created),
        "billing_details": {"address": nowhere, "email": None, "name": None, "phone": None},
        "card": {
            "brand": "visa",
            "checks": dict.fromkeys(("address_line1_check", "address_postal_code_check", "cvc_check")),
            "country": "US",
            "display_brand": "visa",
            "exp_month": payment_method.exp_month,
            "exp_year": payment_method.exp_year,
            "fingerprint": f"sandbox{last4}",
            "funding": "credit",
            "generated_from": None,
            "last4": last4,
            "networks": {"available": ["visa"], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "customer": payment_method.customer_id,
        "metadata": {},
        "type": "card",
    }


def intent_json(intent: Intent) -> Json:
    """Return a payment intent."""
    succeeded, acts = intent.status is IntentStatus.SUCCEEDED, intent.status is IntentStatus.REQUIRES_ACTION
    return {
        **_head(intent.intent_id, "payment_intent", intent.created),
        "amount": intent.cents,
        "amount_capturable": 0,
        "amount_received": intent.cents if succeeded else 0,
        "canceled_at": _seconds(intent.canceled),
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": "automatic_async",
        "client_secret": intent.secret,
        "confirmation_method": "automatic",
        "currency": intent.currency,
        "customer": intent.customer_id,
        "description": intent.description,
        "last_payment_error": intent.error,
        "latest_charge": intent.charge_id,
        "metadata": intent.metadata,
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}} if acts else None,
        "payment_method": intent.payment_method_id,
        "payment_method_types": ["card"],
        "status": intent.status.value,
    }


def charge_json(charge: Charge, payment: Intent) -> Json:
    """Return a charge of a payment."""
    succeeded = charge.status == "succeeded"
    return {
        **_head(charge.charge_id, "charge", charge.created),
        "amount": charge.cents,
        "amount_captured": charge.cents if succeeded else 0,
        "amount_refunded": charge.refunded_cents,
        "captured": succeeded,
        "currency": payment.currency,
        "customer": payment.customer_id,
        "disputed": charge.dispute_id is not None,
        "failure_code": charge.failure_code,
        "failure_message": charge.failure_message,
        "metadata": payment.metadata,
        "paid": succeeded,
        "payment_intent": charge.intent_id,
        "payment_method": charge.payment_method_id,
        "refunded": charge.refunded_cents == charge.cents,
        "status": charge.status,
    }


def refund_json(refund: Refund, payment: Intent) -> Json:
    """Return a refund of a payment."""
    return {
        "id": refund.refund_id,
        "object": "refund",
        "created": _seconds(refund.created),
        "amount": refund.cents,
        "charge": refund.charge_id,
        "currency": payment.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.intent_id,
        "reason": refund.reason,
        "status": refund.status,
        "failure_reason": refund.failure_reason,
    }


def dispute_json(dispute: Dispute, payment: Intent) -> Json:
    """Return a dispute about a payment."""
    return {
        **_head(dispute.dispute_id, "dispute", dispute.created),
        "amount": dispute.cents,
        "charge": dispute.charge_id,
        "currency": payment.currency,
        "balance_transactions": [
            {
                "id": f"txn_{dispute.dispute_id}_{number}",
                "object": "balance_transaction",
                "amount": cents,
                "currency": payment.currency,
                "fee": 0,
                "net": cents,
                "reporting_category": "dispute" if cents < 0 else "dispute_reversal",
                "type": "adjustment",
            }
            for number, cents in enumerate(dispute.moves)
        ],
        "evidence_details": {
            "due_by": _seconds(dispute.due_by),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": dispute.status.startswith("warning_"),
        "metadata": {},
        "payment_intent": payment.intent_id,
        "reason": "fraudulent",
        "status": dispute.status,
    }


def event_json(event: Event) -> Json:
    """Return an event."""
    changed = {"previous_attributes": event.previous} if event.previous else {}
    return {
        **_head(event.event_id, "event", event.created),
        "api_version": API_VERSION,
        "data": {"object": event.document, **changed},
        "pending_webhooks": 1,
        "request": {"id": event.request_id, "idempotency_key": event.key},
        "type": event.kind,
    }


def page(kind: str, url: str, documents: Sequence[Json], *, has_more: bool) -> Json:
    """Return a page of a list or of what a search found."""
    return {"object": kind, "url": url, "has_more": has_more, "data": list(documents)}


def _head(their_id: str, kind: str, created: datetime) -> Json:
    return {"id": their_id, "object": kind, "created": _seconds(created), "livemode": False}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
