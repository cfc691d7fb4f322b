"""The simulated Stripe on loopback, asked by the real SDK, with a clock that a test moves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import stripe

from infra.sandbox.faults import Fault, Faults
from infra.sandbox.partners.stripe.cards import Card
from infra.sandbox.partners.stripe.sending import Webhook
from infra.sandbox.partners.stripe.simulator import StripeSimulator
from tests.support.stripe_side import collected, new_stripe

START = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
PATIENCE_SECONDS = 2


class Bench:
    """A simulator, and what a test does with it."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.faults = Faults()
        self.stripe: StripeSimulator = new_stripe(folder, lambda: self.now)
        self.url = ""

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
        made = self.stripe.customers.complete(self.session(customer_id).id, card)
        return customer_id, made["payment_method"]

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

    def told(self) -> list[Webhook]:
        """Return the webhooks so far."""
        return collected(self.stripe)

    def kinds(self) -> list[str]:
        """Return the types of the webhooks so far."""
        return [each.kind for each in self.told()]

    def fail(self, operation: str, fault: Fault) -> None:
        """Have the next call fail."""
        self.faults.add("stripe", operation, fault, 1)
