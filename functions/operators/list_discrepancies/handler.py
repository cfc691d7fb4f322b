"""GET /api/operator/discrepancies: where the broker's cash is not what our ledger says, newest first."""

from trading.operators.read_wiring import discrepancies
from trading.operators.replies import DiscrepancyList, DiscrepancyReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "discrepancies"


@app.get("/api/operator/discrepancies")
def list_discrepancies(
    operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None
) -> DiscrepancyList:
    """List what reconciliation found, open and resolved."""
    page = discrepancies().page(after=page_start(operator, SCOPE, cursor), limit=limit)
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    return DiscrepancyList(items=[DiscrepancyReply.of(item) for item in page.items], next_cursor=following)


lambda_handler = app.lambda_handler
