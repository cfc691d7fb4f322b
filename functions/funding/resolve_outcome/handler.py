"""Queue unknown-outcomes: find out what became of one record's request to a partner."""

from collections.abc import Callable

from trading.funding.messages import RecordWork
from trading.funding.wiring import resolver
from trading.platform.queue import queue_worker


def prepare() -> Callable[[RecordWork], object]:
    """Return what goes on with one record, by what it is."""
    service = resolver()
    return lambda work: service.resume(work.pk, work.sk)


lambda_handler = queue_worker(RecordWork, prepare)
