"""Builds the services of notifications, for one invocation; none of it calls a partner."""

from collections.abc import Callable

from trading.managed.collections.store import DynamoCollectionStore
from trading.notifications.push import pushes_of
from trading.notifications.service import NoticeService
from trading.notifications.store import DynamoNoticeStore
from trading.notifications.templates import ENGLISH
from trading.platform.clock import current_clock
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.queue import send_all

FOLLOWED = tuple(ENGLISH)
"""The events that people are told of."""


def notice_service() -> NoticeService:
    """Return what keeps people's centres."""
    return NoticeService(DynamoNoticeStore(), current_clock(), _collection_name)


def notice_store() -> DynamoNoticeStore:
    """Return centres, preferences and devices of everybody."""
    return DynamoNoticeStore()


def notice_taker() -> Callable[[Received[PersonEvent]], object]:
    """Return what takes one event; one that comes again is pushed to those devices alone that have not got it."""
    service = notice_service()

    def take(event: Received[PersonEvent]) -> None:
        notice_id = service.take(event)
        if notice_id is not None:
            send_all("pushes", pushes_of(service.store, event.record.owner, notice_id))

    return take


def _collection_name(collection_id: str) -> str | None:
    collection = DynamoCollectionStore().find(collection_id)
    return None if collection is None else collection.name
