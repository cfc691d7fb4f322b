"""GET /api/notifications/unread-count: how many notifications the caller has not read."""

from trading.notifications.replies import UnreadCount
from trading.notifications.wiring import notification_store
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/notifications/unread-count")
def count_unread_notifications(caller: Caller) -> UnreadCount:
    """Count what was not read, from the counter that every notification moves."""
    return UnreadCount(count=notification_store().center(caller).unread)


lambda_handler = app.lambda_handler
