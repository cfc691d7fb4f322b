"""POST /api/operator/invoices/{invoice_id}/void: void an invoice: nothing is owed for its month any more."""

from trading.billing.replies import InvoiceReply
from trading.billing.wiring import invoice_voiding
from trading.operators.read_wiring import invoice_place
from trading.operators.requests import ReasonBody
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/invoices/<invoice_id>/void")
def void_invoice(invoice_id: str, request: ReasonBody, operator: OperatorCaller) -> InvoiceReply:
    """Void an invoice that is owed; what waits for the person at Stripe is cancelled first."""
    return InvoiceReply.of(invoice_voiding().void(*invoice_place(invoice_id), Audit(operator, request.reason)))


lambda_handler = app.lambda_handler
