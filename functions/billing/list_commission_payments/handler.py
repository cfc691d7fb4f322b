"""GET /api/commission-payments: every attempt to collect the caller's commissions, newest first."""

from trading.billing.invoices.models import invoice_id_of
from trading.billing.read_wiring import billing_store
from trading.billing.replies import PaymentList, PaymentReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "commission-payments"


@app.get("/api/commission-payments")
def list_commission_payments(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> PaymentList:
    """List attempts, newest first."""
    page = billing_store().attempts(caller, after=page_start(caller, SCOPE, cursor), limit=limit)
    following = cursors.encode(caller, SCOPE, page.next_after) if page.next_after else None
    items = [PaymentReply.of(invoice_id_of(caller, period), attempt) for period, attempt in page.items]
    return PaymentList(items=items, next_cursor=following)


lambda_handler = app.lambda_handler
