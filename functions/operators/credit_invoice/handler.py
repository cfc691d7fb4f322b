"""POST /api/operator/invoices/{invoice_id}/credit: take an amount off the person's next invoice."""

from typing import Annotated

from pydantic import Field

from trading.billing.read_wiring import invoice_corrections
from trading.operators.read_wiring import invoice_place
from trading.operators.replies import CreditReply
from trading.operators.requests import Reason
from trading.platform.audit import Audit
from trading.platform.fields import Request
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class CreditBody(Request):
    """How much is taken off the next invoice, and why."""

    amount_cents: Annotated[int, Field(ge=1, le=100_000_000)]
    reason: Reason


@app.post("/api/operator/invoices/<invoice_id>/credit")
def credit_invoice(invoice_id: str, request: CreditBody, operator: OperatorCaller) -> CreditReply:
    """Credit at most what the invoice was."""
    audit = Audit(operator, request.reason)
    invoice_corrections().credit(*invoice_place(invoice_id), request.amount_cents, audit)
    return CreditReply(invoice_id=invoice_id, amount_cents=request.amount_cents)


lambda_handler = app.lambda_handler
