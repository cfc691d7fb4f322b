"""Queue holding-events: when a person is paused, cancel the buys that still wait."""

from collections.abc import Callable

from trading.funding.events import DepositReturned, TradingPaused
from trading.managed.read_wiring import cancellation_service
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.queue import event_worker

FOLLOWED = (DepositReturned, TradingPaused)


def prepare() -> Callable[[Received[PersonEvent]], object]:
    """Return the follower of one event; a second time there is nothing left to cancel."""
    service = cancellation_service()
    return lambda event: service.cancel_buys(event.record.owner)


lambda_handler = event_worker(prepare, *FOLLOWED)
