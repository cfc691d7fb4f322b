"""Queue account-reconciliations: hold one account's books against the broker's."""

from collections.abc import Callable

from trading.funding.messages import AccountWork
from trading.funding.wiring import reconciliation_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[AccountWork], object]:
    """Return what reconciles one account."""
    service = reconciliation_service()
    return lambda work: service.reconcile(work.owner)


lambda_handler = queue_worker(AccountWork, prepare)
