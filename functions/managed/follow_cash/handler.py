"""Queue cash-events: when money came or went, have the broker told what is held as the targets."""

from collections.abc import Callable

from trading.managed.messages import Followed, PassWork
from trading.managed.own_wiring import cash_service
from trading.platform.queue import queue_worker, send_all


def prepare() -> Callable[[Followed], object]:
    """Return what follows one event; told once more, targets are told once more."""
    service = cash_service()

    def follow(event: Followed) -> None:
        if service.follow(event.payload.owner):
            send_all("version-passes", (PassWork(owner=event.payload.owner),))

    return follow


lambda_handler = queue_worker(Followed, prepare)
