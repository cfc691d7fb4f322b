"""Queue account-events: follow a person's identity check and account at the broker."""

from collections.abc import Callable

from trading.funding.errors import ForeignEvent
from trading.funding.messages import BrokerEvent
from trading.funding.wiring import onboarding
from trading.platform.errors import InvalidRequest
from trading.platform.queue import park, text_worker


def prepare() -> Callable[[str], object]:
    """Return what follows one event; what is none of ours is parked."""
    service = onboarding()

    def apply(text: str) -> None:
        try:
            service.apply(BrokerEvent.read(text))
        except (InvalidRequest, ForeignEvent):
            park("account-events", text)

    return apply


lambda_handler = text_worker(prepare)
