"""POST /api/payment-methods: add the card that the caller entered at Stripe."""

from trading.billing.methods.listing import listed
from trading.billing.read_wiring import billing_of
from trading.billing.replies import MethodReply, SessionBody
from trading.billing.wiring import method_service
from trading.platform.clock import current_clock
from trading.platform.http import Caller, http_api

app = http_api()


@app.post("/api/payment-methods", status_code=201)
def add_payment_method(request: SessionBody, caller: Caller) -> MethodReply:
    """Add a card; the same session again leads to the same method."""
    method = method_service().complete(caller, request.stripe_session_id)
    _, active = listed(billing_of(caller), caller, current_clock().now())
    return MethodReply.of(method, is_active=method.method_id == active)


lambda_handler = app.lambda_handler
