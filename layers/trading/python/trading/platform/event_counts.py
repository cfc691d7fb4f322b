"""Counts of events: the metric that alarms look at, each event once."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from trading.platform.inbox import claim_event
from trading.platform.observability import count


class DomainEvent(BaseModel):
    """The envelope of an event."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str


def count_once() -> Callable[[DomainEvent], object]:
    """Return what counts one event, however often it comes."""

    def handle(event: DomainEvent) -> None:
        if claim_event(event.id):
            count("DomainEvents", dimensions={"type": event.type})

    return handle
