"""Payments: how an attempt to charge a card ends, and what becomes of the money later."""

from datetime import timedelta
from typing import Any, Never

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.cards import (
    AUTHENTICATION_FAILED,
    EXPIRED_CARD,
    REFUSALS,
    UNAUTHENTICATED,
    Card,
    Refusal,
)
from sandbox.partners.stripe.errors import CARD, INVALID, AlreadyDoneError, StripeError, invalid
from sandbox.partners.stripe.form import MAX_CENTS, MIN_CENTS, Form
from sandbox.partners.stripe.journal import Journal
from sandbox.partners.stripe.state import Charge, Intent, IntentStatus, PaymentMethod, State, found, new_id

PROCESSING_TAKES = timedelta(days=1)
CONFIRMABLE = frozenset(
    {IntentStatus.REQUIRES_PAYMENT_METHOD, IntentStatus.REQUIRES_CONFIRMATION, IntentStatus.REQUIRES_ACTION}
)
"""The statuses in which a payment can be confirmed, or canceled."""

FOR_THE_PERSON = frozenset({UNAUTHENTICATED.code, AUTHENTICATION_FAILED.code})
DISPUTED_AFTER = timedelta(days=2)


class Payments:
    """Payment intents."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def _state(self) -> State:
        return self._journal.state

    def create(self, form: Form) -> dict[str, Any]:
        """Make a payment, and attempt it at once if it is to be confirmed."""
        cents, currency, customer_id = _amount(form), form.required("currency"), form.text("customer")
        if form.flag("off_session") and not form.flag("confirm"):
            raise invalid("off_session", "off_session may be true only when confirm is")
        if customer_id is not None:
            found(self._state.customers, customer_id, "customer", "customer")
        payment_method = self._payment_method(form.text("payment_method"), customer_id)
        their_id = new_id("pi")
        intent = Intent(
            intent_id=their_id,
            secret=new_id(f"{their_id}_secret"),
            created=self._journal.now(),
            cents=cents,
            currency=currency.lower(),
            customer_id=customer_id,
            payment_method_id=payment_method.payment_method_id if payment_method else None,
            description=form.text("description"),
            metadata=form.metadata(),
            status=IntentStatus.REQUIRES_CONFIRMATION if payment_method else IntentStatus.REQUIRES_PAYMENT_METHOD,
        )
        if form.flag("confirm") and payment_method is None:
            raise _no_method()
        self._state.intents[their_id] = intent
        self._journal.record_intent("created", intent)
        if form.flag("confirm") and payment_method is not None:
            self._attempt(intent, payment_method, off_session=form.flag("off_session"))
        return wire.intent_json(intent)

    def confirm(self, intent: Intent, form: Form) -> dict[str, Any]:
        """Attempt a payment, with another card if one is given."""
        if intent.status not in CONFIRMABLE:
            raise _unexpected(intent, "confirm")
        payment_method = self._payment_method(
            form.text("payment_method") or intent.payment_method_id, intent.customer_id
        )
        if payment_method is None:
            raise _no_method()
        self._attempt(intent, payment_method, off_session=form.flag("off_session"))
        return wire.intent_json(intent)

    def cancel(self, intent: Intent, form: Form) -> dict[str, Any]:
        """Give a payment up."""
        if intent.status not in CONFIRMABLE:
            raise _unexpected(intent, "cancel")
        intent.status, intent.canceled = IntentStatus.CANCELED, self._journal.now()
        intent.cancellation_reason = form.text("cancellation_reason")
        self._journal.record_intent("canceled", intent)
        return wire.intent_json(intent)

    def authenticate(self, intent: Intent, *, succeed: bool) -> None:
        """Have the person confirm a payment that waits for them, or fail to.

        Raises:
            AlreadyDoneError: if it does not wait for them.
        """
        error = intent.error or {}
        waits = intent.status is IntentStatus.REQUIRES_ACTION or (
            intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD and error.get("code") in FOR_THE_PERSON
        )
        payment_method = self._state.payment_methods.get(str(intent.payment_method_id or _payment_method_of(error)))
        if not waits or payment_method is None or payment_method.customer_id != intent.customer_id:
            raise AlreadyDoneError(f"the payment is {intent.status} and does not wait for the person")
        if succeed:
            self._succeed(intent, payment_method)
        else:
            self._fail(intent, payment_method, AUTHENTICATION_FAILED)

    def settle(self, intent: Intent, *, succeed: bool = True) -> None:
        """End the processing of a payment.

        Raises:
            AlreadyDoneError: if it is not being processed.
        """
        if intent.status is not IntentStatus.PROCESSING:
            raise AlreadyDoneError(f"the payment is {intent.status} and not being processed")
        payment_method = self._state.payment_methods[str(intent.payment_method_id)]
        if succeed:
            self._succeed(intent, payment_method)
        else:
            self._fail(intent, payment_method, REFUSALS[Card.DECLINE])

    def _attempt(self, intent: Intent, payment_method: PaymentMethod, *, off_session: bool) -> None:
        refusal = EXPIRED_CARD if payment_method.is_expired else REFUSALS.get(payment_method.card)
        if refusal is not None:
            self._refuse(intent, payment_method, refusal)
        if payment_method.card is Card.AUTHENTICATION_REQUIRED and off_session:
            self._refuse(intent, payment_method, UNAUTHENTICATED)
        intent.payment_method_id, intent.error = payment_method.payment_method_id, None
        if payment_method.card is Card.AUTHENTICATION_REQUIRED:
            intent.status = IntentStatus.REQUIRES_ACTION
            self._journal.record_intent("requires_action", intent)
        elif payment_method.card is Card.PROCESSING:
            intent.status, intent.due = IntentStatus.PROCESSING, self._journal.now() + PROCESSING_TAKES
            self._journal.record_intent("processing", intent)
        else:
            self._succeed(intent, payment_method)

    def _succeed(self, intent: Intent, payment_method: PaymentMethod) -> None:
        charge = self._charge(intent, payment_method, None)
        if payment_method.card is Card.DISPUTE:
            charge.due = charge.created + DISPUTED_AFTER
        intent.status, intent.error, intent.due = IntentStatus.SUCCEEDED, None, None
        intent.payment_method_id = payment_method.payment_method_id
        self._journal.record_charge("succeeded", charge)
        self._journal.record_intent("succeeded", intent)

    def _refuse(self, intent: Intent, payment_method: PaymentMethod, refusal: Refusal) -> Never:
        self._fail(intent, payment_method, refusal)
        fields = {name: value for name, value in (intent.error or {}).items() if name not in {"type", "message"}}
        raise StripeError(402, CARD, refusal.message, payment_intent=wire.intent_json(intent), **fields)

    def _fail(self, intent: Intent, payment_method: PaymentMethod, refusal: Refusal) -> None:
        charge = self._charge(intent, payment_method, refusal)
        intent.status, intent.payment_method_id, intent.due = IntentStatus.REQUIRES_PAYMENT_METHOD, None, None
        intent.error = {
            "type": CARD,
            "code": refusal.code,
            "decline_code": refusal.decline_code,
            "message": refusal.message,
            "charge": charge.charge_id,
            "payment_method": wire.payment_method_json(payment_method),
        }
        self._journal.record_charge("failed", charge)
        self._journal.record_intent("payment_failed", intent)

    def _charge(self, intent: Intent, payment_method: PaymentMethod, refusal: Refusal | None) -> Charge:
        charge = Charge(
            charge_id=new_id("ch"),
            created=self._journal.now(),
            intent_id=intent.intent_id,
            payment_method_id=payment_method.payment_method_id,
            cents=intent.cents,
            status="failed" if refusal else "succeeded",
            failure_code=refusal.code if refusal else None,
            failure_message=refusal.message if refusal else None,
        )
        self._state.charges[charge.charge_id] = charge
        intent.charge_id = charge.charge_id
        return charge

    def _payment_method(self, payment_method_id: str | None, customer_id: str | None) -> PaymentMethod | None:
        if payment_method_id is None:
            return None
        payment_method = found(self._state.payment_methods, payment_method_id, "PaymentMethod", "payment_method")
        if payment_method.customer_id is None:
            message = (
                "The provided PaymentMethod was detached from a Customer, and may not be used again. "
                "To use a PaymentMethod multiple times, you must attach it to a Customer first."
            )
            raise StripeError(400, INVALID, message, code="payment_method_unexpected_state", param="payment_method")
        if payment_method.customer_id != customer_id:
            message = "The customer does not have a payment method with that ID."
            raise StripeError(400, INVALID, message, code="resource_missing", param="payment_method")
        return payment_method


def _amount(form: Form) -> int:
    cents = form.cents("amount")
    if cents is None:
        raise invalid("amount", "Missing required param: amount.", "parameter_missing")
    if cents < MIN_CENTS:
        raise invalid("amount", "Amount must be at least $0.50 usd", "amount_too_small")
    if cents > MAX_CENTS:
        raise invalid("amount", "Amount must be no more than $999,999.99", "amount_too_large")
    return cents


def _no_method() -> StripeError:
    return invalid("payment_method", "You cannot confirm this PaymentIntent: it is missing a payment method.")


def _unexpected(intent: Intent, what: str) -> StripeError:
    message = f"You cannot {what} this PaymentIntent because it has a status of {intent.status}."
    code = "payment_intent_unexpected_state"
    return StripeError(400, INVALID, message, code=code, payment_intent=wire.intent_json(intent))


def _payment_method_of(error: dict[str, Any]) -> str | None:
    return (error.get("payment_method") or {}).get("id")
