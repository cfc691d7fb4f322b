"""GET /api/invoices: the caller's invoices, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.billing.invoices.models import InvoiceStatus
from trading.billing.read_wiring import billing_store
from trading.billing.replies import InvoiceList, InvoiceReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/invoices")
def list_invoices(
    caller: Caller,
    status: Annotated[InvoiceStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> InvoiceList:
    """List invoices, all or those of a status."""
    scope = f"invoices:{status}"
    page = billing_store().invoices(caller, status=status, after=page_start(caller, scope, cursor), limit=limit)
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return InvoiceList(items=[InvoiceReply.of(invoice) for invoice in page.invoices], next_cursor=following)


lambda_handler = app.lambda_handler
