"""Customers, the pages on which they enter cards, and their cards."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import INVALID, AlreadyDoneError, StripeError, invalid
from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.journal import Journal
from sandbox.partners.stripe.state import (
    Customer,
    PaymentMethod,
    Session,
    SetupIntent,
    State,
    found,
    new_id,
)

SESSION_LIVES = timedelta(hours=24)
CARD_LIVES_YEARS = 10


class Customers:
    """What happens around cards before and after they are charged."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def _state(self) -> State:
        return self._journal.state

    def create(self, form: Form) -> dict[str, Any]:
        """Make a customer."""
        made = Customer(new_id("cus"), self._journal.now(), form.text("email"), form.text("name"), form.metadata())
        self._state.customers[made.customer_id] = made
        self._journal.record("customer.created", wire.customer_json(made))
        return wire.customer_json(made)

    def create_session(self, form: Form) -> dict[str, Any]:
        """Open a page on which a card can be entered."""
        now, customer_id = self._journal.now(), form.text("customer")
        _check_session(form)
        if customer_id is not None:
            found(self._state.customers, customer_id, "customer", "customer")
        setup = SetupIntent(new_id("seti"), now, customer_id, _metadata_of_setup(form))
        made = Session(
            session_id=new_id("cs_test"),
            created=now,
            due=now + SESSION_LIVES,
            expires=now + SESSION_LIVES,
            setup_intent_id=setup.setup_intent_id,
            customer_id=customer_id,
            reference=form.text("client_reference_id"),
            currency=form.text("currency"),
            success_url=form.text("success_url"),
            cancel_url=form.text("cancel_url"),
            metadata=form.metadata(),
        )
        self._state.setup_intents[setup.setup_intent_id] = setup
        self._state.sessions[made.session_id] = made
        self._journal.record("setup_intent.created", wire.setup_intent_json(setup))
        return wire.session_json(made)

    def complete(self, session_id: str, card: Card) -> dict[str, str]:
        """Enter a card on an open page; return the ids of what came of it.

        Raises:
            LookupError: if there is no such session.
            AlreadyDoneError: if it is not open any more.
        """
        now, session = self._journal.now(), _session(self._state, session_id)
        if session.status != "open":
            raise AlreadyDoneError(f"the checkout session is {session.status}")
        setup = self._state.setup_intents[session.setup_intent_id]
        payment_method = PaymentMethod(new_id("pm"), now, card, session.customer_id, now.year + CARD_LIVES_YEARS)
        self._state.payment_methods[payment_method.payment_method_id] = payment_method
        setup.status, setup.payment_method_id = "succeeded", payment_method.payment_method_id
        session.status, session.due = "complete", None
        self._journal.record_payment_method("attached", payment_method)
        self._journal.record("setup_intent.succeeded", wire.setup_intent_json(setup))
        self._journal.record("checkout.session.completed", wire.session_json(session))
        return {"payment_method": payment_method.payment_method_id, "setup_intent": setup.setup_intent_id}

    def expire_session(self, session: Session) -> None:
        """Close a page that nobody completed."""
        session.status, session.due, session.expires = "expired", None, min(session.expires, self._journal.now())
        self._journal.record("checkout.session.expired", wire.session_json(session))

    def delete(self, customer: Customer) -> None:
        """Delete a customer for good; their cards are gone with them."""
        for payment_method in self._state.payment_methods.values():
            if payment_method.customer_id == customer.customer_id:
                self.detach(payment_method)
        del self._state.customers[customer.customer_id]
        self._state.deleted_customers.append(customer.customer_id)
        self._journal.record("customer.deleted", wire.customer_json(customer))

    def detach(self, payment_method: PaymentMethod) -> dict[str, Any]:
        """Take a card from its customer for good."""
        if payment_method.customer_id is None:
            message = "The payment method you provided is not attached to a customer so detachment is impossible."
            raise StripeError(400, INVALID, message)
        previous, payment_method.customer_id = {"customer": payment_method.customer_id}, None
        self._journal.record_payment_method("detached", payment_method, previous)
        return wire.payment_method_json(payment_method)

    def expire(self, payment_method: PaymentMethod) -> None:
        """Have a card be past its last month."""
        last_month = self._journal.now().replace(day=1) - timedelta(days=1)
        previous = {"card": {"exp_month": payment_method.exp_month, "exp_year": payment_method.exp_year}}
        payment_method.exp_month, payment_method.exp_year, payment_method.is_expired = (
            last_month.month,
            last_month.year,
            True,
        )
        self._journal.record_payment_method("updated", payment_method, previous)


def _check_session(form: Form) -> None:
    if form.required("mode") != "setup":
        raise invalid("mode", "The simulator has checkout sessions in mode setup only")
    if "line_items" in form.fields:
        raise invalid("line_items", "You can not pass `line_items` in `setup` mode.")
    form.required("success_url")
    types = form.texts("payment_method_types")
    if not types and form.text("currency") is None:
        raise invalid("currency", "`currency` is required in `setup` mode.", "parameter_missing")
    if types and types != ["card"]:
        raise invalid("payment_method_types", "The simulator has cards only")


def _metadata_of_setup(form: Form) -> dict[str, str]:
    raw = form.fields.get("setup_intent_data")
    return Form(raw).metadata() if isinstance(raw, Mapping) else {}


def _session(state: State, session_id: str) -> Session:
    if session_id not in state.sessions:
        raise LookupError(f"there is no checkout session {session_id}")
    return state.sessions[session_id]
