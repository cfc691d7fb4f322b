"""Queue session-plans: plan one portfolio's day."""

from collections.abc import Callable

from trading.automation.day_trading.messages import SessionWork
from trading.automation.day_trading.wiring import session_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SessionWork], object]:
    """Return the planner of one portfolio's day, which records one that was missed."""
    service = session_service()
    return lambda work: service.plan(work.key, work.trade_date, work.signals_version)


lambda_handler = queue_worker(SessionWork, prepare)
