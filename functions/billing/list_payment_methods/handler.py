"""GET /api/payment-methods: the caller's cards and brokerage cash, the active one first."""

from trading.billing.payment_methods.listing import listed
from trading.billing.read_wiring import billing_of
from trading.billing.replies import MethodList, PaymentMethodReply
from trading.platform.clock import current_clock
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/payment-methods")
def list_payment_methods(caller: Caller) -> MethodList:
    """List payment methods."""
    methods, active = listed(billing_of(caller), caller, current_clock().now())
    return MethodList(items=[PaymentMethodReply.of(method, is_active=method.method_id == active) for method in methods])


lambda_handler = app.lambda_handler
