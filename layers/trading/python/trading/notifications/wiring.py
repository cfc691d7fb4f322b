"""Builds the services of notifications, for one invocation; none of it calls a partner."""

from collections.abc import Callable

from trading.managed.collections.store import DynamoCollectionStore
from trading.notifications.push import pushes_of
from trading.notifications.service import NotificationService
from trading.notifications.store import DynamoNotificationStore
from trading.notifications.templates import ENGLISH
from trading.platform.clock import current_clock
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.queue import send_all

FOLLOWED = tuple(ENGLISH)
"""The events that people are notified of."""


def notification_service() -> NotificationService:
    """Return the notification service."""
    return NotificationService(DynamoNotificationStore(), current_clock(), _collection_name)


def notification_store() -> DynamoNotificationStore:
    """Return centers, preferences and devices of everybody."""
    return DynamoNotificationStore()


def notification_taker() -> Callable[[Received[PersonEvent]], object]:
    """Return the taker of one event; one that comes again is pushed to those devices alone that have not got it."""
    service = notification_service()

    def take(event: Received[PersonEvent]) -> None:
        notification_id = service.take(event)
        if notification_id is not None:
            send_all("pushes", pushes_of(service.store, event.record.owner, notification_id))

    return take


def _collection_name(collection_id: str) -> str | None:
    collection = DynamoCollectionStore().find(collection_id)
    return None if collection is None else collection.name
