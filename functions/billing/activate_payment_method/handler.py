"""PUT /api/payment-methods/{payment_method_id}/active: choose the payment method that is charged from now on."""

from trading.billing.replies import PaymentMethodReply
from trading.billing.wiring import payment_method_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.put("/api/payment-methods/<payment_method_id>/active")
def activate_payment_method(payment_method_id: str, caller: Caller) -> PaymentMethodReply:
    """Choose a method; invoices that are due are charged at once."""
    return PaymentMethodReply.of(payment_method_service().activate(caller, payment_method_id), is_active=True)


lambda_handler = app.lambda_handler
