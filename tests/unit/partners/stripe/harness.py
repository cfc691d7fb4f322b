"""The adapter over the simulator, with Stripe's own SDK, and over hand-written answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.stripe.api import MOUNTED_AT, StripeApi
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.simulator import StripeSimulator
from tests.support.funding import MovableClock
from tests.support.serving import serving
from trading.billing.ports import ChargeOrder
from trading.partners.stripe.client import Stripe

INVOICE = "a" * 32
KEY = f"{INVOICE}#1"


@dataclass
class StripeHarness:
    """A simulated Stripe with a customer, and the adapter that asks it."""

    stripe: Stripe
    simulator: StripeSimulator
    faults: Faults
    clock: MovableClock
    customer_id: str = ""

    def card(self, kind: Card = Card.OK) -> str:
        """Give a card on Stripe's page; return its id."""
        session = self.stripe.create_setup_session(self.customer_id, "ada", "https://a.example/", "https://b.example/")
        return self.simulator.customers.complete(session.session_id, kind)["payment_method"]

    def order(self, card: str, number: int = 1, cents: int = 184) -> ChargeOrder:
        """Return what a card is to be charged for."""
        return ChargeOrder(self.customer_id, card, cents, INVOICE, number, "Commission for February 2013")

    def fail(self, operation: str, fault: Fault) -> None:
        """Have the next call of an operation fail."""
        self.faults.add("stripe", operation, fault, 1)

    def statuses(self) -> list[str]:
        """Return how all charges stand."""
        return [intent.status.value for intent in self.simulator.state.intents.values()]


@contextmanager
def stripe_harness(folder: Path) -> Iterator[StripeHarness]:
    """Serve a simulator on loopback."""
    clock, faults = MovableClock(), Faults()
    simulator = StripeSimulator.in_folder(folder, now=clock.now)
    with serving(Starlette(routes=StripeApi(simulator, faults).routes())) as url:
        harness = StripeHarness(Stripe(lambda: "sk_test", f"{url}{MOUNTED_AT}"), simulator, faults, clock)
        harness.customer_id = harness.stripe.create_customer("ada", key="the-customer-of-ada")
        yield harness


@dataclass
class Answers:
    """What a server says next, whatever it is asked, and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def say(self, status: int, document: Any) -> None:
        """Answer with a document."""
        self.status, self.body = status, document if isinstance(document, bytes) else json.dumps(document).encode()

    def refuse(self, status: int, kind: str, **fields: Any) -> None:
        """Answer with an error as Stripe shapes it."""
        self.say(status, {"error": {"type": kind, "message": "No.", **fields}})


@contextmanager
def answering() -> Iterator[tuple[Stripe, Answers]]:
    """Serve hand-written answers; give the adapter that gets them."""
    answers = Answers()

    async def answer(request: Request) -> Response:
        answers.asked.append((request.method, request.url.path, request.headers.get("idempotency-key")))
        return Response(answers.body, answers.status, media_type="application/json")

    with serving(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "DELETE"])])) as url:
        yield Stripe(lambda: "sk_test", url), answers
