"""Queue kyc-submissions: send a person's form and documents to the broker."""

from collections.abc import Callable

from trading.kyc.messages import KycWork
from trading.kyc.wiring import submission_sender
from trading.platform.queue import queue_worker


def prepare() -> Callable[[KycWork], object]:
    """Return the sender of what waits of one person."""
    sender = submission_sender()
    return lambda work: sender.send(work.owner)


lambda_handler = queue_worker(KycWork, prepare)
