"""DELETE /api/payment-methods/{payment_method_id}: remove a card."""

from aws_lambda_powertools.event_handler import Response

from trading.billing.wiring import payment_method_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.delete("/api/payment-methods/<payment_method_id>", status_code=204)
def remove_payment_method(payment_method_id: str, caller: Caller) -> Response[None]:
    """Remove a card, here and at Stripe; not while it is charged."""
    payment_method_service().remove(caller, payment_method_id)
    return Response(status_code=204)


lambda_handler = app.lambda_handler
