"""GET /api/history: everything that happened to the caller's money, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.brokerage.halt_rows import load_halts_since
from trading.history.models import HistoryType
from trading.history.replies import HistoryItemReply, HistoryList
from trading.history.store import DynamoHistory
from trading.platform import cursors
from trading.platform.clock import current_clock
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/history")
def list_history(
    caller: Caller,
    type: Annotated[HistoryType | None, Query()] = None,
    status: Annotated[str | None, Query(max_length=50)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> HistoryList:
    """List what happened, all or that of a type or status."""
    scope = f"history:{type}:{status}"
    after = page_start(caller, scope, cursor)
    page = DynamoHistory(current_clock(), load_halts_since).page(
        caller, type_=type, status=status, after=after, limit=limit
    )
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return HistoryList(items=[HistoryItemReply.of(item) for item in page.items], next_cursor=following)


lambda_handler = app.lambda_handler
