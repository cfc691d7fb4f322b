"""Queue entry-cancellations: a person is paused or under a billing hold; give up what is pending today."""

from collections.abc import Callable

from trading.automation.day_trading.messages import StoppedPerson
from trading.automation.day_trading.wiring import cancellation_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[StoppedPerson], object]:
    """Return what follows one event; a second time nothing is pending any more."""
    service = cancellation_service()
    return lambda event: service.cancel(event.payload.owner)


lambda_handler = queue_worker(StoppedPerson, prepare)
