"""Queue invoice-charges: make one invoice's next dunning attempt, or have all that is owed charged anew."""

from collections.abc import Callable

from trading.billing.messages import ChargeWork
from trading.billing.wiring import charge_service
from trading.platform.queue import queue_worker, send_all

QUEUE = "invoice-charges"


def prepare() -> Callable[[ChargeWork], object]:
    """Return the charge of one invoice."""
    service = charge_service()

    def charge(work: ChargeWork) -> None:
        if work.period is None:
            owed = service.find_owed(work.owner)
            send_all(QUEUE, (ChargeWork(owner=work.owner, period=period, on_new_method=True) for period in owed))
        elif work.on_new_method:
            service.on_new_method(work.owner, work.period)
        else:
            service.dun(work.owner, work.period)

    return charge


lambda_handler = queue_worker(ChargeWork, prepare)
