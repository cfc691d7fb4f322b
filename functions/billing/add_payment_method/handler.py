"""POST /api/payment-methods: add the card that the caller entered at Stripe."""

from trading.billing.payment_methods.listing import listed
from trading.billing.read_wiring import billing_of
from trading.billing.replies import PaymentMethodReply, SessionBody
from trading.billing.wiring import payment_method_service
from trading.platform.clock import current_clock
from trading.platform.http import Caller, http_api

app = http_api()


@app.post("/api/payment-methods", status_code=201)
def add_payment_method(request: SessionBody, caller: Caller) -> PaymentMethodReply:
    """Add a card; the same session again leads to the same method."""
    method = payment_method_service().complete(caller, request.stripe_session_id)
    _, active = listed(billing_of(caller), caller, current_clock().now())
    return PaymentMethodReply.of(method, is_active=method.method_id == active)


lambda_handler = app.lambda_handler
