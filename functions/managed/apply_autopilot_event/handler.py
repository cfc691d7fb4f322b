"""Queue autopilot-events: follow a run of the broker, and apply its end to each account."""

from collections.abc import Callable

from pydantic import ValidationError

from trading.managed.messages import AccountFinished, AutopilotEvent
from trading.managed.wiring import completion_service, run_service
from trading.platform.queue import park, text_worker


def prepare() -> Callable[[str], object]:
    """Return the application of one event; what nobody can read is parked."""
    runs, finish = run_service(), completion_service()

    def apply(text: str) -> None:
        try:
            event = AutopilotEvent.model_validate_json(text)
        except ValidationError:
            park("autopilot-events", text)
            return
        if isinstance(event.payload, AccountFinished):
            finish.apply(event.payload)
        else:
            runs.apply(event.payload)

    return apply


lambda_handler = text_worker(prepare)
