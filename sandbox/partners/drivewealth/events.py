"""The broker's events: their envelopes on the queue, and deliveries that are not what one would wish."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth.state import Held, State, User
from sandbox.partners.drivewealth.wire import nanoseconds

HELD_FOR = timedelta(minutes=10)
_BRIEF_FIELDS = ("paymentID", "statusMessage", "accountID")


class Delivery(StrEnum):
    """How events about a person arrive; the last name picks it.

    `Late` ones come ten minutes later, `Swap` ones after the next one (or ten minutes later), and
    `Brief` ones about payments name little more than the payment.
    """

    TWICE = "Echo"
    LATE = "Late"
    SWAPPED = "Swap"
    BRIEF = "Brief"


@dataclass(frozen=True)
class EventPublisher:
    """Puts events on the queue by `emit`, or holds them back in the state."""

    state: State
    now: datetime
    emit: Callable[[str], object]

    def publish(self, kind: str, payload: Mapping[str, Any], about: User) -> None:
        """Publish what happened to a person, the way that the last name picks."""
        way = Delivery(about.last_name) if about.last_name in set(Delivery) else None
        text = self._event(kind, _brief(payload) if way is Delivery.BRIEF else payload)
        if way is Delivery.LATE or (way is Delivery.SWAPPED and not self._held(about)):
            self.state.held.append(Held(text, about.user_id, self.now + HELD_FOR))
            return
        for _ in range(2 if way is Delivery.TWICE else 1):
            self.emit(text)
        if way is Delivery.SWAPPED:
            self._let_go(self._held(about))

    def catch_up(self) -> None:
        """Publish what was held back until now."""
        self._let_go([event for event in self.state.held if event.until <= self.now])

    def _event(self, kind: str, payload: Mapping[str, Any]) -> str:
        self.state.events += 1
        moment = nanoseconds(self.now, self.state.events)
        return json.dumps({"id": f"event_{uuid4()}", "type": kind, "timestamp": moment, "payload": payload})

    def _held(self, about: User) -> list[Held]:
        return [event for event in self.state.held if event.user_id == about.user_id]

    def _let_go(self, held: list[Held]) -> None:
        for event in held:
            self.state.held.remove(event)
            self.emit(event.text)


def _brief(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: payload[name] for name in _BRIEF_FIELDS} if "paymentID" in payload else payload
