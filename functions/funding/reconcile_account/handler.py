"""Queue account-reconciliations: hold a person's records against the broker's, and their unread count."""

from collections.abc import Callable

from trading.funding.messages import AccountWork
from trading.funding.wiring import reconciliation_service
from trading.notifications.wiring import notification_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[AccountWork], object]:
    """Return the reconciliation of one person."""
    reconciliation, notifications = reconciliation_service(), notification_service()

    def reconcile(work: AccountWork) -> None:
        notifications.verify(work.owner)
        reconciliation.reconcile(work.owner)

    return reconcile


lambda_handler = queue_worker(AccountWork, prepare)
