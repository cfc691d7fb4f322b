"""The control plane's part for Stripe: what people, their banks and Stripe itself do."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import Field
from starlette.requests import Request

from sandbox.bodies import Body, read
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import AlreadyDoneError, StripeError
from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.reversals import Move
from sandbox.partners.stripe.simulator import StripeSimulator

T = TypeVar("T")


class CompletionRequest(Body):
    """The card that a person enters."""

    card: Card = Card.OK


class OutcomeRequest(Body):
    """Whether something goes well."""

    succeed: bool = True


class DisputeRequest(Body):
    """A dispute that begins, or goes on."""

    status: Move = Move.NEEDS_RESPONSE


class RefundRequest(Body):
    """How much goes back; everything, if nothing is said."""

    amount_cents: Annotated[int, Field(ge=1)] | None = None


class ReplayRequest(Body):
    """How often every event so far is delivered again, and whether in disorder."""

    times: Annotated[int, Field(ge=1, le=10)] = 1
    shuffle: bool = True


class WebhooksRequest(Body):
    """Whether deliveries are held back; a type to deliver now, known to anybody or not."""

    hold: bool | None = None
    type: Annotated[str, Field(pattern=r"^[a-z_.]{1,100}$")] | None = None


class Settles(Protocol):
    """The queues."""

    def settle(self, names: Collection[str]) -> object:
        """Wait until nothing is visible or at work in some queues."""
        ...


@dataclass(frozen=True)
class StripeControl:
    """What the sandbox's users may do at Stripe; each answers when the webhooks are delivered and followed.

    `reaches` are the queues that webhooks lead to.
    """

    simulator: StripeSimulator
    queues: Settles
    reaches: Collection[str] = ()

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for Stripe."""
        return [
            ("POST", "/sandbox/stripe/checkout-sessions/{id}/complete", self.complete),
            ("POST", "/sandbox/stripe/payment-intents/{id}/authenticate", self.authenticate),
            ("POST", "/sandbox/stripe/payment-intents/{id}/settle", self.settle),
            ("POST", "/sandbox/stripe/payment-intents/{id}/dispute", self.dispute),
            ("POST", "/sandbox/stripe/payment-intents/{id}/refund", self.refund),
            ("POST", "/sandbox/stripe/refunds/{id}/fail", self.fail_refund),
            ("POST", "/sandbox/stripe/customers/{id}/delete", self.delete_customer),
            ("POST", "/sandbox/stripe/payment-methods/{id}/detach", self.detach),
            ("POST", "/sandbox/stripe/payment-methods/{id}/expire", self.expire),
            ("POST", "/sandbox/stripe/webhooks/replay", self.replay),
            ("POST", "/sandbox/stripe/webhooks", self.webhooks),
        ]

    def complete(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Enter a card on a checkout page."""
        card, session_id = read(CompletionRequest, body or b"{}").card, request.path_params["id"]
        return self._acting(lambda: self.simulator.customers.complete(session_id, card))

    def authenticate(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Have the person confirm a payment, or fail to."""
        return self._end(request, body, self.simulator.payments.authenticate)

    def settle(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """End the processing of a payment at once, well or badly."""
        return self._end(request, body, self.simulator.payments.settle)

    def dispute(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Have the payer contest a payment or ask about it, money go or come, or decide that."""
        wanted = read(DisputeRequest, body or b"{}")

        def act() -> Mapping[str, Any]:
            reversals = self.simulator.reversals
            charge = reversals.charge_of(_found(self.simulator.state.intents, request, "payment intent"))
            dispute = reversals.move(charge, wanted.status)
            return {"id": dispute.dispute_id, "charge": charge.charge_id, "status": dispute.status}

        return self._acting(act)

    def refund(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Give a payment back on Stripe's own page, or a part of it."""
        wanted = read(RefundRequest, body or b"{}")

        def act() -> Mapping[str, Any]:
            intent = _found(self.simulator.state.intents, request, "payment intent")
            fields = {"payment_intent": intent.intent_id}
            if wanted.amount_cents is not None:
                fields["amount"] = str(wanted.amount_cents)
            try:
                made = self.simulator.reversals.refund(Form(fields))
            except StripeError as error:
                raise AlreadyDoneError(str(error)) from None
            return {"id": made["id"], "status": made["status"]}

        return self._acting(act)

    def fail_refund(self, request: Request, _: bytes) -> Mapping[str, Any]:
        """Have a refund come back from the bank."""

        def act() -> Mapping[str, Any]:
            refund = _found(self.simulator.state.refunds, request, "refund")
            self.simulator.reversals.fail_refund(refund)
            return {"id": refund.refund_id, "status": refund.status}

        return self._acting(act)

    def delete_customer(self, request: Request, _: bytes) -> Mapping[str, Any]:
        """Delete a customer at Stripe's side."""

        def act() -> Mapping[str, Any]:
            customer = _found(self.simulator.state.customers, request, "customer")
            self.simulator.customers.delete(customer)
            return {"id": customer.customer_id, "deleted": True}

        return self._acting(act)

    def detach(self, request: Request, _: bytes) -> Mapping[str, Any]:
        """Take a card from its customer, as if at Stripe's."""

        def act() -> Mapping[str, Any]:
            payment_method = _found(self.simulator.state.payment_methods, request, "payment method")
            if payment_method.customer_id is not None:
                self.simulator.customers.detach(payment_method)
            return {"id": payment_method.payment_method_id, "customer": None}

        return self._acting(act)

    def expire(self, request: Request, _: bytes) -> Mapping[str, Any]:
        """Have a card be past its last month."""

        def act() -> Mapping[str, Any]:
            payment_method = _found(self.simulator.state.payment_methods, request, "payment method")
            self.simulator.customers.expire(payment_method)
            return {
                "id": payment_method.payment_method_id,
                "exp_month": payment_method.exp_month,
                "exp_year": payment_method.exp_year,
            }

        return self._acting(act)

    def replay(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Deliver every event so far again."""
        wanted = read(ReplayRequest, body or b"{}")
        return self._acting(lambda: {"deliveries": self.simulator.journal.replay(wanted.times, shuffle=wanted.shuffle)})

    def webhooks(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Hold deliveries back or let them go; deliver an event of a given type."""
        wanted, state = read(WebhooksRequest, body), self.simulator.state

        def act() -> Mapping[str, Any]:
            state.is_holding = state.is_holding if wanted.hold is None else wanted.hold
            if wanted.type is not None:
                self.simulator.journal.deliver_unasked(wanted.type)
            return {"holding": state.is_holding, "waiting": len(state.waiting)}

        return self._acting(act)

    def deliver(self) -> int:
        """Deliver what waits, and wait until Tiller has followed; return how many deliveries were made."""
        made = self.simulator.deliver()
        if made and self.reaches:
            self.queues.settle(self.reaches)
        return made

    def next_at(self) -> datetime | None:
        """Return when something happens by itself."""
        return self.simulator.next_at()

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment, and wait until Tiller has followed."""
        self.simulator.advance(moment)
        if self.reaches:
            self.queues.settle(self.reaches)

    def _end(self, request: Request, body: bytes, end: Callable[..., None]) -> Mapping[str, Any]:
        wanted = read(OutcomeRequest, body or b"{}")

        def act() -> Mapping[str, Any]:
            intent = _found(self.simulator.state.intents, request, "payment intent")
            end(intent, succeed=wanted.succeed)
            return {"id": intent.intent_id, "status": intent.status}

        return self._acting(act)

    def _acting(self, act: Callable[[], T]) -> T:
        with self.simulator.lock:
            done = act()
            self.simulator.keep()
        self.deliver()
        return done


def _found(known: Mapping[str, T], request: Request, kind: str) -> T:
    their_id = request.path_params["id"]
    if their_id not in known:
        raise LookupError(f"there is no {kind} {their_id}")
    return known[their_id]
