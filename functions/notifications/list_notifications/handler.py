"""GET /api/notifications: the caller's notices, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.notifications.replies import NoticeReply
from trading.notifications.wiring import notice_store
from trading.platform import cursors
from trading.platform.fields import Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


class NoticeList(Reply):
    """A page of notices."""

    items: list[NoticeReply]
    next_cursor: str | None


@app.get("/api/notifications")
def list_notifications(
    caller: Caller,
    unread: Annotated[bool, Query()] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> NoticeList:
    """List notices, all or those that were not read."""
    scope = f"notifications:{unread}"
    after = page_start(caller, scope, cursor)
    centre, page = notice_store().page(caller, unread=unread, after=after, limit=limit)
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return NoticeList(items=[NoticeReply.of(each, centre) for each in page.notices], next_cursor=following)


lambda_handler = app.lambda_handler
