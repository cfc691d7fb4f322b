"""POST /api/invoices/{invoice_id}/pay: charge an invoice now, or finish a charge that waits for the person."""

from aws_lambda_powertools.event_handler import Response

from trading.billing.replies import InvoiceReply
from trading.billing.wiring import charge_service
from trading.platform.errors import NotFound
from trading.platform.http import Caller, IdempotencyKey, http_api, replayable
from trading.platform.ids import is_id
from trading.platform.receipts import RequestKey

app = http_api()


@app.post("/api/invoices/<invoice_id>/pay")
def pay_invoice(invoice_id: str, caller: Caller, key: IdempotencyKey) -> Response[InvoiceReply]:
    """Pay, once per key; `client_secret` is there when the card needs authentication."""
    if not is_id(invoice_id):
        raise NotFound("There is no such invoice.")
    request = RequestKey.of(caller, "pay_invoice", key, {"invoice_id": invoice_id})
    invoice, secret, replayed = charge_service().pay(caller, invoice_id, request)
    return replayable(InvoiceReply.of(invoice, secret), status=200, replayed=replayed)


lambda_handler = app.lambda_handler
