"""Queue stripe-events: apply Stripe's webhooks."""

from collections.abc import Callable

from trading.billing.messages import StripeMessage
from trading.billing.wiring import stripe_events
from trading.platform.queue import queue_worker


def prepare() -> Callable[[StripeMessage], object]:
    """Return the application of one event."""
    service = stripe_events()
    return lambda message: service.apply(message.event())


lambda_handler = queue_worker(StripeMessage, prepare)
