"""Queue entry-cancellations: a person is paused or under a billing hold; abandon what is pending today."""

from collections.abc import Callable

from trading.automation.day_trading.wiring import cancellation_service
from trading.billing.events import BillingHoldSet
from trading.funding.events import TradingPaused
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.queue import event_worker

FOLLOWED = (BillingHoldSet, TradingPaused)


def prepare() -> Callable[[Received[PersonEvent]], object]:
    """Return the follower of one event; a second time nothing is pending any more."""
    service = cancellation_service()
    return lambda event: service.cancel(event.record.owner)


lambda_handler = event_worker(prepare, *FOLLOWED)
