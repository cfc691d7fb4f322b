"""POST /api/payment-methods/setup-sessions: get the page at Stripe where the caller enters a card."""

from trading.billing.replies import SetupBody, SetupReply
from trading.billing.wiring import payment_method_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.post("/api/payment-methods/setup-sessions", status_code=201)
def create_setup_session(request: SetupBody, caller: Caller) -> SetupReply:
    """Make a session; it leads back to allowed hosts alone."""
    return SetupReply.of(payment_method_service().begin(caller, request.success_url, request.cancel_url))


lambda_handler = app.lambda_handler
