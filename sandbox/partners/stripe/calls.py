"""What can be asked of Stripe: each operation's path, its fault's name, and the parameters that it knows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.search import listed, searched
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.state import Charge, Dispute, Refund, State, found

T = TypeVar("T")
Document = dict[str, Any]
PAGE = frozenset({"limit", "starting_after"})
SEARCH = frozenset({"query", "limit", "page"})
SESSION = frozenset(
    {
        "mode",
        "customer",
        "success_url",
        "cancel_url",
        "client_reference_id",
        "metadata",
        "currency",
        "payment_method_types",
        "setup_intent_data",
        "locale",
        "line_items",
    }
)
CONFIRMATION = frozenset({"payment_method", "off_session"})
CANCELLATION = frozenset({"cancellation_reason"})
REFUND = frozenset({"payment_intent", "charge", "amount", "reason", "metadata"})
INTENT = frozenset(
    {
        "amount",
        "currency",
        "customer",
        "payment_method",
        "payment_method_types",
        "off_session",
        "confirm",
        "metadata",
        "description",
        "statement_descriptor_suffix",
    }
)


@dataclass(frozen=True)
class Operation:
    """One operation."""

    method: str
    path: str
    fault: str
    act: Callable[..., Document]
    knows: frozenset[str] = frozenset()


def table(stripe: StripeSimulator) -> list[Operation]:
    """Return every operation; a fixed path comes before one with an id in its place."""
    return [*_searches(stripe), *_acts(stripe), *_lists(stripe), *_retrievals(stripe)]


def _acts(stripe: StripeSimulator) -> Iterator[Operation]:
    state, customers, payments = stripe.state, stripe.customers, stripe.payments
    yield Operation("POST", "customers", "create_customer", customers.create, frozenset({"email", "name", "metadata"}))
    yield Operation("POST", "checkout/sessions", "create_checkout_session", customers.create_session, SESSION)
    yield Operation("POST", "payment_intents", "create_payment_intent", payments.create, INTENT)
    yield Operation("POST", "refunds", "refund", stripe.reversals.refund, REFUND)

    def detach(_: Form, their_id: str) -> Document:
        return customers.detach(found(state.payment_methods, their_id, "PaymentMethod"))

    def confirm(form: Form, their_id: str) -> Document:
        return payments.confirm(found(state.intents, their_id, "payment_intent"), form)

    def cancel(form: Form, their_id: str) -> Document:
        return payments.cancel(found(state.intents, their_id, "payment_intent"), form)

    yield Operation("POST", "payment_methods/{their_id}/detach", "detach", detach)
    yield Operation("POST", "payment_intents/{their_id}/confirm", "confirm", confirm, CONFIRMATION)
    yield Operation("POST", "payment_intents/{their_id}/cancel", "cancel", cancel, CANCELLATION)


def _searches(stripe: StripeSimulator) -> Iterator[Operation]:
    def customers(form: Form) -> Document:
        documents = map(wire.customer_json, stripe.state.customers.values())
        return searched(form, "/v1/customers/search", documents, stripe.now())

    def intents(form: Form) -> Document:
        documents = map(wire.intent_json, stripe.state.intents.values())
        return searched(form, "/v1/payment_intents/search", documents, stripe.now())

    yield Operation("GET", "customers/search", "search", customers, SEARCH)
    yield Operation("GET", "payment_intents/search", "search", intents, SEARCH)


def _lists(stripe: StripeSimulator) -> Iterator[Operation]:
    state = stripe.state

    def methods(form: Form, customer_id: str) -> Document:
        found(state.customers, customer_id, "customer")
        held = [method for method in state.payment_methods.values() if method.customer_id == customer_id]
        return listed(form, f"/v1/customers/{customer_id}/payment_methods", map(wire.payment_method_json, held), "type")

    def customers(form: Form) -> Document:
        return listed(form, "/v1/customers", map(wire.customer_json, state.customers.values()), "email")

    def intents(form: Form) -> Document:
        return listed(form, "/v1/payment_intents", map(wire.intent_json, state.intents.values()), "customer")

    def refunds(form: Form) -> Document:
        return listed(
            form, "/v1/refunds", map(Shapes(state).refund, state.refunds.values()), "payment_intent", "charge"
        )

    yield Operation("GET", "customers/{their_id}/payment_methods", "retrieve", methods, PAGE | {"type"})
    yield Operation("GET", "customers", "retrieve", customers, PAGE | {"email"})
    yield Operation("GET", "payment_intents", "retrieve", intents, PAGE | {"customer"})
    yield Operation("GET", "refunds", "retrieve", refunds, PAGE | {"payment_intent", "charge"})


def _retrievals(stripe: StripeSimulator) -> Iterator[Operation]:
    state = stripe.state
    shapes = Shapes(state)

    def customer(_: Form, their_id: str) -> Document:
        if their_id in state.deleted_customers:
            return wire.deleted_customer(their_id)
        return wire.customer_json(found(state.customers, their_id, "customer"))

    yield Operation("GET", "customers/{their_id}", "retrieve", customer)
    yield _retrieval("checkout/sessions", "checkout.session", state.sessions, wire.session_json)
    yield _retrieval("setup_intents", "setupintent", state.setup_intents, wire.setup_intent_json)
    yield _retrieval("payment_methods", "PaymentMethod", state.payment_methods, wire.payment_method_json)
    yield _retrieval("payment_intents", "payment_intent", state.intents, wire.intent_json)
    yield _retrieval("charges", "charge", state.charges, shapes.charge)
    yield _retrieval("refunds", "refund", state.refunds, shapes.refund)
    yield _retrieval("disputes", "dispute", state.disputes, shapes.dispute)
    yield _retrieval("events", "event", state.events, wire.event_json)


def _retrieval(path: str, kind: str, known: Mapping[str, T], shape: Callable[[T], Document]) -> Operation:
    return Operation("GET", f"{path}/{{their_id}}", "retrieve", lambda _, their_id: shape(found(known, their_id, kind)))


@dataclass(frozen=True)
class Shapes:
    """The shapes of what names its payment too."""

    state: State

    def charge(self, charge: Charge) -> Document:
        """Return a charge."""
        return wire.charge_json(charge, self.state.intents[charge.intent_id])

    def refund(self, refund: Refund) -> Document:
        """Return a refund."""
        return wire.refund_json(refund, self.state.intents[refund.intent_id])

    def dispute(self, dispute: Dispute) -> Document:
        """Return a dispute."""
        return wire.dispute_json(dispute, self.state.intents[self.state.charges[dispute.charge_id].intent_id])
