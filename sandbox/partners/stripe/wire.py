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


def customer(each: Customer) -> Json:
    """Return a customer."""
    return {
        **_head(each.customer_id, "customer", each.created),
        "email": each.email,
        "name": each.name,
        "metadata": each.metadata,
        "invoice_settings": {"default_payment_method": None},
    }


def deleted_customer(customer_id: str) -> Json:
    """Return what is left of a customer that was deleted."""
    return {"id": customer_id, "object": "customer", "deleted": True}


def session(each: Session) -> Json:
    """Return a checkout session; its address is gone once it is not open."""
    is_open = each.status == "open"
    return {
        **_head(each.session_id, "checkout.session", each.created),
        "mode": "setup",
        "status": each.status,
        "payment_status": "no_payment_required",
        "customer": each.customer_id,
        "client_reference_id": each.reference,
        "setup_intent": each.setup_intent_id,
        "payment_intent": None,
        "currency": each.currency,
        "payment_method_types": ["card"],
        "success_url": each.success_url,
        "cancel_url": each.cancel_url,
        "url": f"https://checkout.stripe.com/c/pay/{each.session_id}" if is_open else None,
        "expires_at": _seconds(each.expires),
        "metadata": each.metadata,
    }


def setup_intent(each: SetupIntent) -> Json:
    """Return a setup intent."""
    return {
        **_head(each.setup_intent_id, "setup_intent", each.created),
        "client_secret": f"{each.setup_intent_id}_secret_sandbox",
        "customer": each.customer_id,
        "payment_method": each.payment_method_id,
        "payment_method_types": ["card"],
        "status": each.status,
        "usage": "off_session",
        "last_setup_error": None,
        "metadata": each.metadata,
    }


def payment_method(each: PaymentMethod) -> Json:
    """Return a payment method."""
    nowhere = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    last4 = LAST4[each.card]
    return {
        **_head(each.payment_method_id, "payment_method", each.created),
        "billing_details": {"address": nowhere, "email": None, "name": None, "phone": None},
        "card": {
            "brand": "visa",
            "checks": dict.fromkeys(("address_line1_check", "address_postal_code_check", "cvc_check")),
            "country": "US",
            "display_brand": "visa",
            "exp_month": each.exp_month,
            "exp_year": each.exp_year,
            "fingerprint": f"sandbox{last4}",
            "funding": "credit",
            "generated_from": None,
            "last4": last4,
            "networks": {"available": ["visa"], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "customer": each.customer_id,
        "metadata": {},
        "type": "card",
    }


def intent(each: Intent) -> Json:
    """Return a payment intent."""
    succeeded, acts = each.status is IntentStatus.SUCCEEDED, each.status is IntentStatus.REQUIRES_ACTION
    return {
        **_head(each.intent_id, "payment_intent", each.created),
        "amount": each.cents,
        "amount_capturable": 0,
        "amount_received": each.cents if succeeded else 0,
        "canceled_at": _seconds(each.canceled),
        "cancellation_reason": each.cancellation_reason,
        "capture_method": "automatic_async",
        "client_secret": each.secret,
        "confirmation_method": "automatic",
        "currency": each.currency,
        "customer": each.customer_id,
        "description": each.description,
        "last_payment_error": each.error,
        "latest_charge": each.charge_id,
        "metadata": each.metadata,
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}} if acts else None,
        "payment_method": each.payment_method_id,
        "payment_method_types": ["card"],
        "status": each.status.value,
    }


def charge(each: Charge, payment: Intent) -> Json:
    """Return a charge of a payment."""
    succeeded = each.status == "succeeded"
    return {
        **_head(each.charge_id, "charge", each.created),
        "amount": each.cents,
        "amount_captured": each.cents if succeeded else 0,
        "amount_refunded": each.refunded_cents,
        "captured": succeeded,
        "currency": payment.currency,
        "customer": payment.customer_id,
        "disputed": each.dispute_id is not None,
        "failure_code": each.failure_code,
        "failure_message": each.failure_message,
        "metadata": payment.metadata,
        "paid": succeeded,
        "payment_intent": each.intent_id,
        "payment_method": each.payment_method_id,
        "refunded": each.refunded_cents == each.cents,
        "status": each.status,
    }


def refund(each: Refund, payment: Intent) -> Json:
    """Return a refund of a payment."""
    return {
        "id": each.refund_id,
        "object": "refund",
        "created": _seconds(each.created),
        "amount": each.cents,
        "charge": each.charge_id,
        "currency": payment.currency,
        "metadata": each.metadata,
        "payment_intent": each.intent_id,
        "reason": each.reason,
        "status": each.status,
        "failure_reason": each.failure_reason,
    }


def dispute(each: Dispute, payment: Intent) -> Json:
    """Return a dispute about a payment."""
    return {
        **_head(each.dispute_id, "dispute", each.created),
        "amount": each.cents,
        "charge": each.charge_id,
        "currency": payment.currency,
        "balance_transactions": [
            {
                "id": f"txn_{each.dispute_id}_{number}",
                "object": "balance_transaction",
                "amount": cents,
                "currency": payment.currency,
                "fee": 0,
                "net": cents,
                "reporting_category": "dispute" if cents < 0 else "dispute_reversal",
                "type": "adjustment",
            }
            for number, cents in enumerate(each.moves)
        ],
        "evidence_details": {
            "due_by": _seconds(each.due_by),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": each.status.startswith("warning_"),
        "metadata": {},
        "payment_intent": payment.intent_id,
        "reason": "fraudulent",
        "status": each.status,
    }


def event(each: Event) -> Json:
    """Return an event."""
    changed = {"previous_attributes": each.previous} if each.previous else {}
    return {
        **_head(each.event_id, "event", each.created),
        "api_version": API_VERSION,
        "data": {"object": each.document, **changed},
        "pending_webhooks": 1,
        "request": {"id": each.request_id, "idempotency_key": each.key},
        "type": each.kind,
    }


def page(kind: str, url: str, documents: Sequence[Json], *, has_more: bool) -> Json:
    """Return a page of a list or of what a search found."""
    return {"object": kind, "url": url, "has_more": has_more, "data": list(documents)}


def _head(their_id: str, kind: str, created: datetime) -> Json:
    return {"id": their_id, "object": kind, "created": _seconds(created), "livemode": False}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
