"""GET /api/operator/unknowns: money flows whose outcome only a person can find out, newest first."""

from trading.funding.views import flows
from trading.operations.replies import UnknownReply
from trading.platform import cursors
from trading.platform.fields import Reply
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "unknowns"


class UnknownList(Reply):
    """A page of unknown outcomes."""

    items: list[UnknownReply]
    next_cursor: str | None


@app.get("/api/operator/unknowns")
def list_unknowns(operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> UnknownList:
    """List what the resolver left to a person."""
    page = flows().unknowns(after=page_start(operator, SCOPE, cursor), limit=limit)
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    return UnknownList(items=[UnknownReply.of(*each) for each in page.items], next_cursor=following)


lambda_handler = app.lambda_handler
