"""Queue portfolio-snapshots: value one portfolio at the close."""

from collections.abc import Callable

from trading.automation.day_trading.messages import SessionWork
from trading.automation.day_trading.wiring import snapshot_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SessionWork], object]:
    """Return the snapshot of one portfolio, once a day."""
    service = snapshot_service()
    return lambda work: service.take(work.key, work.trade_date)


lambda_handler = queue_worker(SessionWork, prepare)
