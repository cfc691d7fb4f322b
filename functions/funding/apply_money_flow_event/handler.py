"""Queue money-flow-events: apply what the broker reports of a deposit or withdrawal, or of a fee taken from cash."""

from collections.abc import Callable

from trading.billing.read_wiring import fee_payments
from trading.brokerage.models import BrokerPayment
from trading.funding.errors import ForeignEvent
from trading.funding.messages import BrokerEvent
from trading.funding.wiring import money_flow_service
from trading.partners.drivewealth.events import payment_of
from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.errors import InvalidRequest
from trading.platform.queue import park, text_worker


def prepare() -> Callable[[str], object]:
    """Return the application of one event; what is none of ours is parked."""
    flows, fees = money_flow_service(), fee_payments(drivewealth())

    def apply(text: str) -> None:
        try:
            event_id, payment = _read(text)
            if not fees.apply_event(event_id, payment):
                flows.apply_event(event_id, payment)
        except (InvalidRequest, ForeignEvent):
            park("money-flow-events", text)

    return apply


def _read(text: str) -> tuple[str, BrokerPayment]:
    event = BrokerEvent.read(text)
    try:
        return event.id, payment_of(event.type, event.payload)
    except ValueError:
        raise InvalidRequest("The event tells of no payment.") from None


lambda_handler = text_worker(prepare)
