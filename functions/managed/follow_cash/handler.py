"""Queue cash-events: when money came or went, have what is held submitted as the targets."""

from collections.abc import Callable

from trading.funding.events import DepositReturned, DepositSucceeded, WithdrawalFailed, WithdrawalSucceeded
from trading.managed.messages import RebalanceWork
from trading.managed.read_wiring import cash_service
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.queue import event_worker, send_all

FOLLOWED = (DepositReturned, DepositSucceeded, WithdrawalFailed, WithdrawalSucceeded)


def prepare() -> Callable[[Received[PersonEvent]], object]:
    """Return the follower of one event; a second time, targets are submitted once more."""
    service = cash_service()

    def follow(event: Received[PersonEvent]) -> None:
        if service.follow(event.record.owner):
            send_all("account-rebalances", (RebalanceWork(owner=event.record.owner),))

    return follow


lambda_handler = event_worker(prepare, *FOLLOWED)
