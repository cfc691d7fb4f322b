"""Queue version-passes: make a pass over one account."""

from collections.abc import Callable

from trading.managed.messages import PassWork
from trading.managed.wiring import pass_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[PassWork], object]:
    """Return what makes one pass; what a batch shares, collections and symbols, is read once."""
    service = pass_service()
    return lambda work: service.run(work.owner)


lambda_handler = queue_worker(PassWork, prepare)
