"""Queue account-rebalances: rebalance one account."""

from collections.abc import Callable

from trading.managed.messages import RebalanceWork
from trading.managed.wiring import rebalancer
from trading.platform.queue import queue_worker


def prepare() -> Callable[[RebalanceWork], object]:
    """Return the rebalance of one account; what a batch shares, collections and symbols, is read once."""
    service = rebalancer()
    return lambda work: service.run(work.owner)


lambda_handler = queue_worker(RebalanceWork, prepare)
