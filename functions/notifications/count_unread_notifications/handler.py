"""GET /api/notifications/unread-count: how many notices the caller has not read."""

from trading.notifications.wiring import notice_store
from trading.platform.fields import Reply
from trading.platform.http import Caller, http_api

app = http_api()


class UnreadCount(Reply):
    """How many notices were not read."""

    count: int


@app.get("/api/notifications/unread-count")
def count_unread_notifications(caller: Caller) -> UnreadCount:
    """Count what was not read, from the counter that every notice moves."""
    return UnreadCount(count=notice_store().centre(caller).unread)


lambda_handler = app.lambda_handler
