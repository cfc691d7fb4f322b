"""The notification center, devices and pushes, and the feed of what happened."""

from infra.catalogue.kinds import (
    BATCH_GET,
    DELETE,
    GET,
    PUT,
    QUERY,
    SDK_LAYERS,
    Consumer,
    Function,
    Route,
)

_STATE = GET | BATCH_GET | PUT


def _route(name: str, method: str, path: str, people: frozenset[str], area: str = "notifications") -> Function:
    return Function(area=area, name=name, trigger=Route(method=method, path=path), tables={"people": people})


FUNCTIONS = (
    _route("list_notifications", "GET", "/api/notifications", QUERY | BATCH_GET),
    _route("count_unread_notifications", "GET", "/api/notifications/unread-count", GET),
    _route("mark_notifications_read", "POST", "/api/notifications/read", _STATE | DELETE),
    _route("put_device", "PUT", "/api/devices/{device_id}", GET | QUERY | PUT | DELETE),
    _route("delete_device", "DELETE", "/api/devices/{device_id}", GET | DELETE),
    _route("get_notification_preferences", "GET", "/api/notification-preferences", BATCH_GET),
    _route("put_notification_preferences", "PUT", "/api/notification-preferences", PUT),
    Function(
        area="notifications",
        name="notify",
        trigger=Consumer(queue="notification-events"),
        tables={"people": QUERY | _STATE, "collections": GET, "inbox": PUT},
        sends_to=("pushes",),
    ),
    Function(
        area="notifications",
        name="notify_urgently",
        trigger=Consumer(queue="urgent-notification-events"),
        tables={"people": QUERY | _STATE, "collections": GET, "inbox": PUT},
        sends_to=("pushes",),
    ),
    Function(
        area="notifications",
        name="push_notification",
        trigger=Consumer(queue="pushes", calls={"firebase": 1}),
        tables={"people": _STATE | DELETE},
        partners=("firebase",),
        layers=SDK_LAYERS,
    ),
    _route("list_history", "GET", "/api/history", QUERY, area="history"),
)
