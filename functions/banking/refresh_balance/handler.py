"""Queue balance-refreshes: ask one person's banks for balances."""

from collections.abc import Callable

from trading.banking.messages import LinkWork
from trading.banking.wiring import balance_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[LinkWork], object]:
    """Return the refresh of one person's balances."""
    service = balance_service()
    return lambda work: service.refresh_asked(work.owner, work.asked_at)


lambda_handler = queue_worker(LinkWork, prepare)
