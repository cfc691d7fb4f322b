"""Queue session-closes: sell what one portfolio still holds of its sessions, and prove it flat."""

from collections.abc import Callable

from trading.automation.day_trading.messages import SessionWork
from trading.automation.day_trading.wiring import flatten_service, session_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SessionWork], object]:
    """Return the close of one portfolio's sessions. A close is never too late."""
    service, halts = session_service(), flatten_service()

    def close(work: SessionWork) -> None:
        halts.obey_everybodys(work.key, work.trade_date)
        service.close(work.key, work.trade_date)

    return close


lambda_handler = queue_worker(SessionWork, prepare)
