"""Queue unknown-outcomes: find out what became of one record's request to a partner."""

from collections.abc import Callable

from trading.billing.disputes.store import DISPUTE
from trading.billing.store import INVOICE
from trading.billing.wiring import charge_service, dispute_watch
from trading.funding.messages import RecordWork
from trading.funding.wiring import resolver
from trading.platform.clock import current_clock
from trading.platform.due import put_off
from trading.platform.people import owner_of
from trading.platform.queue import queue_worker


def prepare() -> Callable[[RecordWork], object]:
    """Return the resolver of one record, by what it is; one that only ever raises is put off, and left in the end."""
    service, charges, disputes, now = resolver(), charge_service(), dispute_watch(), current_clock().now()

    def resume(work: RecordWork) -> None:
        if not put_off(work.pk, work.sk, now):
            return
        if work.sk.startswith(INVOICE):
            charges.resume(owner_of(work.pk), work.sk.removeprefix(INVOICE))
        elif work.sk.startswith(DISPUTE):
            disputes.resume(owner_of(work.pk), work.sk.removeprefix(DISPUTE))
        else:
            service.resume(work.pk, work.sk)

    return resume


lambda_handler = queue_worker(RecordWork, prepare)
