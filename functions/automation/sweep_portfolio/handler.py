"""Queue position-sweeps: sell what one portfolio still holds, apart from the session code."""

from collections.abc import Callable

from trading.automation.closer.messages import SweepWork
from trading.automation.closer.wiring import closer_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SweepWork], object]:
    """Return the sweep of one portfolio."""
    service = closer_service()
    return lambda work: service.sweep(work.key, work.since, work.trade_date)


lambda_handler = queue_worker(SweepWork, prepare)
