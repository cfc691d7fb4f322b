"""Queue session-entries: make one portfolio's planned entries, or give them up when it is too late."""

from collections.abc import Callable

from trading.automation.day_trading.messages import SessionWork
from trading.automation.day_trading.wiring import session_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SessionWork], object]:
    """Return the opening of one portfolio's session."""
    service = session_service()
    return lambda work: service.enter(work.key, work.trade_date)


lambda_handler = queue_worker(SessionWork, prepare)
