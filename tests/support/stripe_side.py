"""Stripe's side of a test's world: its webhooks, collected, and handed over as API Gateway does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from infra.catalogue import FUNCTIONS, Function
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.state import Event
from sandbox.partners.stripe.webhooks import HEADER, Webhook, signed
from tests.support import rights
from tests.support.calls import handler_of

WEBHOOK_SECRET = "whsec_test"
REFUSED = 300
RECEIVER = "receive_stripe_webhook"


@dataclass
class Collector:
    """Keeps webhooks until somebody takes them."""

    webhooks: list[Webhook] = field(default_factory=list)

    def send(self, event: Event) -> bool:
        """Sign an event and keep it."""
        self.webhooks.append(signed(event, WEBHOOK_SECRET))
        return True


def new_stripe(folder: Path, now: Callable[[], datetime]) -> StripeSimulator:
    """Return a simulator whose webhooks are collected."""
    return StripeSimulator.in_folder(folder, now=now, sender=Collector())


def collected(stripe: StripeSimulator) -> list[Webhook]:
    """Return the list of what the simulator sent so far and nobody took yet."""
    assert isinstance(stripe.sender, Collector)
    stripe.deliver()
    return stripe.sender.webhooks


def take_webhooks(stripe: StripeSimulator, failures: list[str]) -> int:
    """Take what was collected; return how many. What is refused goes to `failures`, and comes again later."""
    row = next((function for function in FUNCTIONS if function.name == RECEIVER), None)
    if row is None:
        return 0
    webhooks, taken = collected(stripe), 0
    while webhooks:
        webhook, taken = webhooks.pop(0), taken + 1
        if _handed_over(row, webhook) >= REFUSED:
            failures.append(webhook.body.decode())
            stripe.again(webhook.event_id, failures.count(webhook.body.decode()))
    return taken


def _handed_over(row: Function, webhook: Webhook) -> int:
    """Hand a webhook to the function; return the status that it answers with."""
    event = {
        "version": "2.0",
        "routeKey": "POST /webhooks/stripe",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", HEADER.lower(): webhook.signature},
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/stripe"},
            "stage": "$default",
            "requestId": "request-1",
        },
        "body": webhook.body.decode(),
        "isBase64Encoded": False,
    }
    with rights.only_granted(row):
        return int(handler_of(row.name).lambda_handler(event, None)["statusCode"])
