"""POST /webhooks/plaid: Plaid reports that something happened to a bank link."""

from trading.banking.replies import WebhookReply
from trading.banking.webhooks import apply
from trading.banking.wiring import link_service
from trading.partners.plaid.webhooks import HEADER, plaid_webhooks
from trading.platform.bodies import raw_bytes
from trading.platform.http import http_api

app = http_api(takes_raw_body=True)


@app.post("/webhooks/plaid")
def receive_plaid_webhook() -> WebhookReply:
    """Take a webhook whose signature holds over these very bytes."""
    event = app.current_event
    body = plaid_webhooks().verify(raw_bytes(event.body), str(event.headers.get(HEADER, "")))
    return WebhookReply(count=apply(link_service(), body))


lambda_handler = app.lambda_handler
