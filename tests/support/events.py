"""What the outbox has of a person, and events to try it with."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from trading.events import EVENTS
from trading.platform.domain_events import DomainEvent, Received, Subscriber
from trading.platform.outbox import OutboxRow

_SAMPLES: dict[Any, Any] = {
    str: "one",
    int: 7,
    date: date(2013, 2, 19),
    datetime: datetime(2013, 2, 19, 14, 15, tzinfo=UTC),
}


class PositionClosed(DomainEvent):
    """An event that nobody follows."""

    name = "position_closed"

    cents: int = 5


def event_names(owner: str) -> list[str]:
    """Return the names of the events about a person."""
    bodies = [json.loads(str(row.body)) for row in OutboxRow.scan()]
    return [body["type"] for body in bodies if body["payload"].get("owner") == owner]


def sample(name: str, **given: Any) -> DomainEvent:
    """Return an event of a name; what its record has and is not given is made up, and what it has not is left out."""
    record = EVENTS[name]
    fields = record.model_fields
    made_up = {key: _SAMPLES[field.annotation] for key, field in fields.items() if field.is_required()}
    return record(**made_up | {key: value for key, value in given.items() if key in fields})


def received(event_id: str, name: str, **given: Any) -> Received[Any]:
    """Return an event as its follower gets it."""
    return Received(event_id, sample(name, **given))


def followed_by(subscriber: Subscriber) -> Mapping[str, type[DomainEvent]]:
    """Return the events that a subscriber follows, by their names."""
    return {name: record for name, record in EVENTS.items() if subscriber in record.subscribers}
