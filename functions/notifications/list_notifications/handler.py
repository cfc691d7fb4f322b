"""GET /api/notifications: the caller's notifications, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.notifications.replies import NotificationList, NotificationReply
from trading.notifications.wiring import notification_store
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/notifications")
def list_notifications(
    caller: Caller,
    unread: Annotated[bool, Query()] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> NotificationList:
    """List notifications, all or those that were not read."""
    scope = f"notifications:{unread}"
    after = page_start(caller, scope, cursor)
    center, page = notification_store().page(caller, unread=unread, after=after, limit=limit)
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return NotificationList(
        items=[NotificationReply.of(notification, center) for notification in page.notifications], next_cursor=following
    )


lambda_handler = app.lambda_handler
