"""PUT /api/notification-preferences: choose which notifications to get; money and compliance cannot be muted."""

from trading.notifications.replies import PreferencesBody, PreferencesReply
from trading.notifications.wiring import notification_store
from trading.platform.http import Caller, http_api

app = http_api()


@app.put("/api/notification-preferences")
def put_notification_preferences(request: PreferencesBody, caller: Caller) -> PreferencesReply:
    """Replace the caller's preferences."""
    preferences = request.to_preferences(caller)
    notification_store().save_preferences(preferences)
    return PreferencesReply.of(preferences)


lambda_handler = app.lambda_handler
