"""GET /api/invoices/{invoice_id}: one invoice of the caller's, with its payments."""

from trading.billing.read_wiring import billing_store
from trading.billing.replies import InvoiceReply
from trading.platform.errors import NotFound
from trading.platform.http import Caller, http_api
from trading.platform.ids import is_id

app = http_api()


@app.get("/api/invoices/<invoice_id>")
def get_invoice(invoice_id: str, caller: Caller) -> InvoiceReply:
    """Return an invoice."""
    store = billing_store()
    place = store.invoice_of(invoice_id) if is_id(invoice_id) else None
    invoice = store.load(caller, place[1]).invoice if place is not None and place[0] == caller else None
    if invoice is None:
        raise NotFound("There is no such invoice.")
    return InvoiceReply.of(invoice)


lambda_handler = app.lambda_handler
