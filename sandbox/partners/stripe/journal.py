"""Events: what happened, and which of it still has to be delivered."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.state import Charge, Event, Intent, PaymentMethod, State, Waiting, new_id

ENABLED = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.created",
        "customer.deleted",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_method.attached",
        "payment_method.detached",
        "payment_method.updated",
        "refund.created",
        "refund.failed",
        "refund.updated",
        "setup_intent.succeeded",
    }
)
"""The types that the webhook endpoint asked for; others happen and are not delivered."""

AGAIN_AFTER = timedelta(hours=1)
MAX_ATTEMPTS = 3


@dataclass
class Journal:
    """Writes events down, and keeps those that wait to be delivered."""

    state: State
    now: Callable[[], datetime]
    _asked_by: tuple[str | None, str | None] = field(default=(None, None))

    @contextmanager
    def request(self, request_id: str, key: str | None) -> Iterator[None]:
        """Have events name the request that leads to them."""
        self._asked_by = (request_id, key)
        try:
            yield
        finally:
            self._asked_by = (None, None)

    def record(self, kind: str, document: Mapping[str, Any], previous: dict[str, Any] | None = None) -> None:
        """Record that something happened."""
        event = Event(new_id("evt"), self.now(), kind, dict(document), previous, *self._asked_by)
        self.state.events[event.event_id] = event
        if kind in ENABLED:
            self.state.waiting.append(Waiting(event.event_id, event.created))

    def deliver_unasked(self, kind: str) -> None:
        """Deliver an event of any type, whether the endpoint asked for it or not."""
        self.record(kind, {"id": new_id("obj"), "object": kind.rpartition(".")[0] or kind})
        if kind not in ENABLED:
            self.state.waiting.append(Waiting(next(reversed(self.state.events)), self.now()))

    def record_intent(self, what: str, intent: Intent) -> None:
        """Record what happened to a payment."""
        self.record(f"payment_intent.{what}", wire.intent_json(intent))

    def record_charge(self, what: str, charge: Charge) -> None:
        """Record what happened to a charge."""
        self.record(f"charge.{what}", wire.charge_json(charge, self.state.intents[charge.intent_id]))

    def record_payment_method(
        self, what: str, payment_method: PaymentMethod, previous: dict[str, Any] | None = None
    ) -> None:
        """Record what happened to a payment method."""
        self.record(f"payment_method.{what}", wire.payment_method_json(payment_method), previous)

    def next_at(self) -> datetime | None:
        """Return when the next delivery is due; what is held back is not."""
        return None if self.state.is_holding else min((waiting.due for waiting in self.state.waiting), default=None)

    def take(self, moment: datetime) -> list[tuple[Waiting, Event]]:
        """Take what is to be delivered by a moment, in the order it happened."""
        if self.state.is_holding:
            return []
        taken = [waiting for waiting in self.state.waiting if waiting.due <= moment]
        self.state.waiting = [waiting for waiting in self.state.waiting if waiting.due > moment]
        return [(waiting, self.state.events[waiting.event_id]) for waiting in taken]

    def retry(self, waiting: Waiting) -> None:
        """Deliver once more later what was not taken, unless that was tried often enough."""
        if waiting.attempts + 1 < MAX_ATTEMPTS:
            later = Waiting(waiting.event_id, self.now() + AGAIN_AFTER, waiting.attempts + 1)
            self.state.waiting.append(later)

    def replay(self, times: int, *, shuffle: bool) -> int:
        """Deliver everything so far again; return how many deliveries that makes."""
        again = [event.event_id for event in self.state.events.values() if event.kind in ENABLED] * times
        if shuffle:
            Random(len(again)).shuffle(again)  # noqa: S311 - a seed, no secret
        self.state.waiting += [Waiting(event_id, self.now()) for event_id in again]
        return len(again)
