"""The notification center, devices and pushes, and the feed of what happened."""

from infra.catalogue.kinds import BATCH_GET, DELETE, GET, PUT, QUERY
from infra.catalogue.rows import read_route, route, worker

_STATE = GET | BATCH_GET | PUT
_FOLLOWS = {"people": QUERY | _STATE, "collections": GET, "inbox": PUT}

FUNCTIONS = (
    read_route("notifications", "list_notifications", "/api/notifications", people=QUERY | BATCH_GET),
    read_route("notifications", "count_unread_notifications", "/api/notifications/unread-count", people=GET),
    route(
        "notifications",
        "mark_notifications_read",
        "POST",
        "/api/notifications/read",
        tables={"people": _STATE | DELETE},
    ),
    route(
        "notifications",
        "put_device",
        "PUT",
        "/api/devices/{device_id}",
        tables={"people": GET | QUERY | PUT | DELETE},
    ),
    route("notifications", "delete_device", "DELETE", "/api/devices/{device_id}", tables={"people": GET | DELETE}),
    read_route("notifications", "get_notification_preferences", "/api/notification-preferences", people=BATCH_GET),
    route(
        "notifications",
        "put_notification_preferences",
        "PUT",
        "/api/notification-preferences",
        tables={"people": PUT},
    ),
    worker("notifications", "notify", "notification-events", tables=_FOLLOWS, sends_to=("pushes",)),
    worker("notifications", "notify_urgently", "urgent-notification-events", tables=_FOLLOWS, sends_to=("pushes",)),
    worker(
        "notifications",
        "push_notification",
        "pushes",
        calls={"firebase": 1},
        tables={"people": _STATE | DELETE},
    ),
    read_route("history", "list_history", "/api/history", people=QUERY | GET),
)
