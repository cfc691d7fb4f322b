"""GET /api/operator/unknowns: outcomes that only a person can find out, of every kind, newest first."""

from trading.operators.replies import UnknownList, UnknownReply
from trading.operators.unknowns import page_of_unknowns
from trading.platform import cursors
from trading.platform.clock import current_clock
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "unknowns"


@app.get("/api/operator/unknowns")
def list_unknowns(operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> UnknownList:
    """List what the resolver left to a person: money flows, checks, openings, bank accounts, charges."""
    page, now = page_of_unknowns(after=page_start(operator, SCOPE, cursor), limit=limit), current_clock().now()
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    items = [UnknownReply.of(unknown_id, unknown, now) for unknown_id, unknown in page.items]
    return UnknownList(items=items, next_cursor=following)


lambda_handler = app.lambda_handler
