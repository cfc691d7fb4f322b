"""Queue fee-accruals: accrue one person's days."""

from collections.abc import Callable

from trading.billing.messages import AccrualWork
from trading.billing.read_wiring import accrual_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[AccrualWork], object]:
    """Return the accrual of one person's fees."""
    service = accrual_service()
    return lambda work: service.accrue(work.owner, work.day)


lambda_handler = queue_worker(AccrualWork, prepare)
