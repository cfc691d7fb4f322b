"""Queue position-exits: sell one portfolio's positions that reached their stop or target, or all after its loss."""

from collections.abc import Callable

from trading.automation.day_trading.messages import ExitWork
from trading.automation.day_trading.wiring import session_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[ExitWork], object]:
    """Return the sale of one portfolio's hits; a quote that has grown old sells nothing."""
    return session_service().exit


lambda_handler = queue_worker(ExitWork, prepare)
