"""PUT /api/notification-preferences: choose which notices to get; money and compliance cannot be muted."""

from trading.notifications.replies import PreferencesBody, PreferencesReply
from trading.notifications.wiring import notice_store
from trading.platform.http import Caller, http_api

app = http_api()


@app.put("/api/notification-preferences")
def put_notification_preferences(request: PreferencesBody, caller: Caller) -> PreferencesReply:
    """Replace the caller's preferences."""
    preferences = request.to_preferences(caller)
    notice_store().save_preferences(preferences)
    return PreferencesReply.of(preferences)


lambda_handler = app.lambda_handler
