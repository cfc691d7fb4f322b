"""Queue kyc-submissions: send a person's form and documents to the broker."""

from collections.abc import Callable

from trading.kyc.messages import KycWork
from trading.kyc.wiring import sending_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[KycWork], object]:
    """Return what sends what waits of one person."""
    service = sending_service()
    return lambda work: service.send(work.owner)


lambda_handler = queue_worker(KycWork, prepare)
