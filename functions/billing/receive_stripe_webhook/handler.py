"""POST /webhooks/stripe: Stripe reports that something happened to a card or a charge."""

from trading.billing.messages import StripeMessage
from trading.billing.replies import WebhookReply
from trading.partners.stripe.webhooks import HEADER, stripe_webhooks
from trading.platform.bodies import raw_bytes
from trading.platform.http import http_api
from trading.platform.queue import send_all

app = http_api(takes_raw_body=True)


@app.post("/webhooks/stripe")
def receive_stripe_webhook() -> WebhookReply:
    """Take a webhook whose signature holds over these very bytes; it is applied from a queue."""
    event = app.current_event
    verified = stripe_webhooks().verify(raw_bytes(event.body), str(event.headers.get(HEADER, "")))
    send_all("stripe-events", [StripeMessage.of(verified)])
    return WebhookReply(received=verified.event_id)


lambda_handler = app.lambda_handler
