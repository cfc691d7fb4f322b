"""Queue holding-events: when a person is paused, cancel the buys that still wait."""

from collections.abc import Callable

from trading.managed.messages import Followed
from trading.managed.own_wiring import cancellation_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[Followed], object]:
    """Return what follows one event; a second time there is nothing left to cancel."""
    service = cancellation_service()
    return lambda event: service.cancel_buys(event.payload.owner)


lambda_handler = queue_worker(Followed, prepare)
