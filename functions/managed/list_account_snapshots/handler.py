"""GET /api/managed-portfolio/snapshots: how the caller's account stood at the end of each day, newest first."""

from trading.managed.holdings.replies import DayReply
from trading.managed.read_wiring import versions
from trading.managed.replies import DayList
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "account-snapshots"


@app.get("/api/managed-portfolio/snapshots")
def list_account_snapshots(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> DayList:
    """List the ends of days."""
    page = versions().days(caller, after=page_start(caller, SCOPE, cursor), limit=limit)
    following = cursors.encode(caller, SCOPE, page.next_after) if page.next_after else None
    return DayList(items=[DayReply.of(day) for day in page.days], next_cursor=following)


lambda_handler = app.lambda_handler
