"""Queue account-snapshots: write down how one account stood at the end of a day."""

from collections.abc import Callable

from trading.managed.messages import SnapshotWork
from trading.managed.wiring import holdings_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[SnapshotWork], object]:
    """Return the writer of one account's day."""
    service = holdings_service()
    return lambda work: service.snapshot(work.owner, work.day)


lambda_handler = queue_worker(SnapshotWork, prepare)
