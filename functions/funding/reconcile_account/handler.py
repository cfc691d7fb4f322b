"""Queue account-reconciliations: hold a person's books against the broker's, their unread count against notices."""

from collections.abc import Callable

from trading.funding.messages import AccountWork
from trading.funding.wiring import reconciliation_service
from trading.notifications.wiring import notice_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[AccountWork], object]:
    """Return what reconciles one person."""
    books, notices = reconciliation_service(), notice_service()

    def reconcile(work: AccountWork) -> None:
        notices.verify(work.owner)
        books.reconcile(work.owner)

    return reconcile


lambda_handler = queue_worker(AccountWork, prepare)
