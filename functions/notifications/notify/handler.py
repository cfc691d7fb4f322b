"""Queue notification-events: make a notice of an event, once, and have it pushed."""

from collections.abc import Callable

from trading.notifications.messages import PushWork, Told
from trading.notifications.wiring import notice_service
from trading.platform.queue import queue_worker, send_all


def prepare() -> Callable[[Told], object]:
    """Return what takes one event; one that comes again is pushed to those devices alone that have not got it."""
    service = notice_service()

    def take(event: Told) -> None:
        notice_id = service.take(event)
        if notice_id is not None:
            send_all("pushes", [PushWork(owner=str(event.payload["owner"]), notice_id=notice_id)])

    return take


lambda_handler = queue_worker(Told, prepare)
