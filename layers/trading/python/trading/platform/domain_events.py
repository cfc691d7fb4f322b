"""Domain events as records: a class for each event, with its name, its fields and who follows it.

Each area declares its events in its `events.py`; `trading.events` gathers them. Whoever reads an event
ignores fields that it does not know, so that a worker of yesterday reads an event of today; a field that
comes later has a default, so that a worker of today reads an event of yesterday.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

EVERYTHING = "domain-events"


class Lane(StrEnum):
    """What waits apart, so that the urgent never waits behind the rest."""

    URGENT = "urgent"
    ORDINARY = "ordinary"


class Subscriber(StrEnum):
    """Who follows events, by the name of the queue."""

    NOTIFICATIONS = "notification-events"
    HOLDINGS = "holding-events"
    CASH = "cash-events"
    ENTRY_CANCELLATIONS = "entry-cancellations"
    INVOICE_CHARGES = "invoice-charges"
    BACKTESTS = "backtest-runs"


CANCELLING = frozenset({Subscriber.HOLDINGS, Subscriber.ENTRY_CANCELLATIONS})
"""Who cancels what was about to be bought: whatever they follow is urgent."""

GOES_AHEAD: Mapping[str, str] = {
    EVERYTHING: "urgent-domain-events",
    Subscriber.NOTIFICATIONS: "urgent-notification-events",
}
"""The queues that urgent events take in the place of those where ordinary ones stand before them."""

QUEUES: Mapping[Lane, frozenset[str]] = {
    Lane.URGENT: frozenset({*GOES_AHEAD.values(), *CANCELLING, Subscriber.CASH}),
    Lane.ORDINARY: frozenset(
        {EVERYTHING, Subscriber.NOTIFICATIONS, Subscriber.CASH, Subscriber.INVOICE_CHARGES, Subscriber.BACKTESTS}
    ),
}
"""Every queue that events of a lane may go to."""


class DomainEvent(BaseModel):
    """Something that happened, with its details as JSON values.

    `halts_everybody` marks what stops money or entries of all people, and is urgent therefore.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    subscribers: ClassVar[tuple[Subscriber, ...]] = ()
    halts_everybody: ClassVar[bool] = False

    @classmethod
    def lane(cls) -> Lane:
        """Return the event's lane: what stops money or entries is urgent."""
        return Lane.URGENT if cls.halts_everybody or not CANCELLING.isdisjoint(cls.subscribers) else Lane.ORDINARY

    @classmethod
    def queues(cls) -> tuple[str, ...]:
        """Return the queues that the event goes to."""
        names: tuple[str, ...] = (EVERYTHING, *(subscriber.value for subscriber in cls.subscribers))
        return tuple(GOES_AHEAD.get(name, name) for name in names) if cls.lane() is Lane.URGENT else names


class PersonEvent(DomainEvent):
    """Something that happened to a person."""

    owner: str


E_co = TypeVar("E_co", bound=DomainEvent, covariant=True)


@dataclass(frozen=True)
class Received(Generic[E_co]):
    """An event as its follower got it; the same event has the same id however often it comes."""

    event_id: str
    record: E_co


class Envelope(BaseModel):
    """What every event travels in."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    payload: Mapping[str, Any]


def read_event(text: str, records: Mapping[str, type[E_co]]) -> Received[E_co]:
    """Return the event that a message holds, as one of the records that its queue is for, by their names.

    Raises:
        ValueError: if the message is no event, or one of another name, or lacks what its record has.
    """
    envelope = Envelope.model_validate_json(text)
    if envelope.type not in records:
        raise ValueError("The event is none of those that are followed here.")
    return Received(envelope.id, records[envelope.type].model_validate(envelope.payload, extra="ignore"))
