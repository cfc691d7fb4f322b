"""GET /api/operator/disputes: payments that banks contest or ask about, newest first, with their evidence deadline."""

from trading.operators.read_wiring import disputes
from trading.operators.replies import DisputeList, DisputeReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "disputes"


@app.get("/api/operator/disputes")
def list_disputes(operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> DisputeList:
    """List disputes of everybody, open and decided ones."""
    page = disputes().page(after=page_start(operator, SCOPE, cursor), limit=limit)
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    return DisputeList(items=[DisputeReply.of(dispute) for dispute in page.disputes], next_cursor=following)


lambda_handler = app.lambda_handler
