"""GET /api/operator/restrictions: halts, pauses, holds and blocks in force, with who, why and until when."""

from trading.operators.read_wiring import restriction_reader
from trading.operators.restriction_replies import RestrictedReply, RestrictionList
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "restrictions"


@app.get("/api/operator/restrictions")
def list_restrictions(
    operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None
) -> RestrictionList:
    """List what is restricted: everybody first, then people and portfolios, those restricted last first."""
    page = restriction_reader().page(after=page_start(operator, SCOPE, cursor), limit=limit)
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    return RestrictionList(items=[RestrictedReply.of(item) for item in page.items], next_cursor=following)


lambda_handler = app.lambda_handler
