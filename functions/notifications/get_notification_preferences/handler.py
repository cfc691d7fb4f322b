"""GET /api/notification-preferences: which notifications the caller gets, and when devices stay silent."""

from trading.notifications.replies import PreferencesReply
from trading.notifications.wiring import notification_store
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/notification-preferences")
def get_notification_preferences(caller: Caller) -> PreferencesReply:
    """Return each class with whether it is heard of, and quiet hours."""
    return PreferencesReply.of(notification_store().load(caller).preferences)


lambda_handler = app.lambda_handler
