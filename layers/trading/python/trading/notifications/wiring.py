"""Builds the services of notifications, for one invocation; none of it calls a partner."""

from collections.abc import Callable

from trading.notifications.messages import PushWork, Told
from trading.notifications.service import NoticeService
from trading.notifications.store import DynamoNoticeStore
from trading.platform.clock import current_clock
from trading.platform.queue import send_all


def notice_service() -> NoticeService:
    """Return what keeps people's centres."""
    return NoticeService(DynamoNoticeStore(), current_clock())


def notice_store() -> DynamoNoticeStore:
    """Return centres, preferences and devices of everybody."""
    return DynamoNoticeStore()


def notice_taker() -> Callable[[Told], object]:
    """Return what takes one event; one that comes again is pushed to those devices alone that have not got it."""
    service = notice_service()

    def take(event: Told) -> None:
        notice_id = service.take(event)
        if notice_id is not None:
            send_all("pushes", [PushWork(owner=str(event.payload["owner"]), notice_id=notice_id)])

    return take
