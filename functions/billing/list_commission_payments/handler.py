"""GET /api/commission-payments: every attempt to collect the caller's commissions, newest invoices first."""

from trading.billing.replies import PaymentReply
from trading.billing.views import billing_store
from trading.platform import cursors
from trading.platform.fields import Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "commission-payments"


class PaymentList(Reply):
    """The attempts of a page of invoices, at most `limit` invoices at once."""

    items: list[PaymentReply]
    next_cursor: str | None


@app.get("/api/commission-payments")
def list_commission_payments(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> PaymentList:
    """List attempts, newest first."""
    page = billing_store().invoices(caller, status=None, after=page_start(caller, SCOPE, cursor), limit=limit)
    following = cursors.encode(caller, SCOPE, page.next_after) if page.next_after else None
    items = [PaymentReply.of(invoice, each) for invoice in page.invoices for each in reversed(invoice.attempts)]
    return PaymentList(items=items, next_cursor=following)


lambda_handler = app.lambda_handler
