"""The simulated Stripe on loopback, asked by the real SDK, with a clock that a test moves."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.control import endpoint_of
from sandbox.faults import Fault, Faults
from sandbox.partners.stripe.api import StripeApi
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.control import StripeControl
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.webhooks import Webhook
from tests.support.stripe_side import collected, new_stripe

START = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
PATIENCE_SECONDS = 2


class Queues:
    """Queues that are quiet, and remember who waited for that."""

    def __init__(self) -> None:
        self.waited_for: list[Collection[str]] = []

    def settle(self, names: Collection[str]) -> None:
        """Remember what was waited for."""
        self.waited_for.append(names)


class Harness:
    """A simulator, and what a test does with it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.now = folder, START
        self.faults, self.queues = Faults(), Queues()
        self.url = ""
        self.restart()

    def restart(self) -> None:
        """Have the simulator start anew in its folder."""
        self.stripe: StripeSimulator = new_stripe(self._folder, lambda: self.now)
        control = StripeControl(self.stripe, self.queues, frozenset({"charges"}))
        routes = [Route(path, endpoint_of(act), methods=[method]) for method, path, act in control.table()]
        self._app = Starlette(routes=[*StripeApi(self.stripe, self.faults).routes(), *routes])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask the control plane."""
        return httpx.post(f"{self.url}/sandbox/stripe/{path}", json=body, timeout=PATIENCE_SECONDS)

    @property
    def sdk(self) -> Any:
        """Return what the SDK offers; its types know dictionaries of its own only."""
        return self.client().v1

    def client(self, key: str = "sk_test_x") -> stripe.StripeClient:
        """Return a client of the real SDK."""
        return stripe.StripeClient(
            key,
            base_addresses={"api": f"{self.url}/sandbox/partners/stripe"},
            http_client=stripe.RequestsClient(timeout=PATIENCE_SECONDS),
            max_network_retries=0,
        )

    def customer(self, profile_id: str = "7") -> str:
        """Make a customer."""
        return str(self.sdk.customers.create({"metadata": {"profile_id": profile_id}}).id)

    def session(self, customer_id: str) -> Any:
        """Open a checkout page."""
        return self.sdk.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer_id,
                "client_reference_id": "7",
                "metadata": {"profile_id": "7"},
                "success_url": "https://app.example.com/done",
                "cancel_url": "https://app.example.com/back",
                "payment_method_types": ["card"],
            }
        )

    def card(self, card: Card = Card.OK) -> tuple[str, str]:
        """Set a card up; return the ids of its customer and of itself."""
        customer_id = self.customer()
        return customer_id, self.complete(self.session(customer_id).id, card)

    def complete(self, session_id: str, card: Card = Card.OK) -> str:
        """Enter a card on a checkout page; return its id."""
        return self.stripe.customers.complete(session_id, card)["payment_method"]

    def charge(self, customer_id: str, method_id: str, *, key: str | None = None, **more: Any) -> Any:
        """Charge a card as the invoices' job does."""
        params = {
            "amount": 822,
            "currency": "usd",
            "customer": customer_id,
            "payment_method": method_id,
            "off_session": True,
            "confirm": True,
            "metadata": {"invoice_id": "inv-1"},
            **more,
        }
        return self.sdk.payment_intents.create(params, {"idempotency_key": key} if key else {})

    def pass_by(self, **span: int) -> None:
        """Let time pass, with what happens by itself."""
        until = self.now + timedelta(**span)
        while (coming := self.stripe.next_at()) is not None and coming <= until:
            self.now = max(coming, self.now)
            self.stripe.advance(coming)
        self.now = until

    def webhooks(self) -> list[Webhook]:
        """Return the webhooks so far."""
        return collected(self.stripe)

    def kinds(self) -> list[str]:
        """Return the types of the webhooks so far."""
        return [webhook.kind for webhook in self.webhooks()]

    def fail(self, operation: str, fault: Fault) -> None:
        """Have the next call fail."""
        self.faults.add("stripe", operation, fault, 1)
