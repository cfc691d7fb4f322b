"""What lies in the queues of this area."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from trading.billing.events import PaymentMethodActivated
from trading.billing.models import StripeEvent


class AccrualWork(BaseModel):
    """A person whose fees are accrued up to a day."""

    model_config = ConfigDict(frozen=True)

    owner: str
    day: date


class InvoiceWork(BaseModel):
    """A person whose invoices are made."""

    model_config = ConfigDict(frozen=True)

    owner: str


class ChargeWork(BaseModel):
    """An invoice whose next dunning attempt is due, or that is charged because another method is active.

    The event that a method became active is such work, too, for every invoice that is owed (`period` is None).
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    period: str | None
    on_new_method: bool = False

    @model_validator(mode="before")
    @classmethod
    def _of_event(cls, data: Any) -> Any:  # noqa: ANN401 - whatever lies in the queue
        if not isinstance(data, Mapping) or data.get("type") != PaymentMethodActivated.name:
            return data
        event = PaymentMethodActivated.model_validate(data.get("payload"), extra="ignore")
        return {"owner": event.owner, "period": None, "on_new_method": True}


class StripeMessage(BaseModel):
    """A verified webhook of Stripe, without what nothing hangs on."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    object: Mapping[str, Any]
    previous: Mapping[str, Any] = {}

    @classmethod
    def of(cls, event: StripeEvent) -> "StripeMessage":
        """Return the message that carries an event."""
        kept = {name: event.object.get(name) for name in _KEPT}
        previous = {name: event.previous[name] for name in _KEPT if name in event.previous}
        return cls(id=event.event_id, type=event.type, object=kept, previous=previous)

    def event(self) -> StripeEvent:
        """Return the event that the message carries."""
        return StripeEvent(self.id, self.type, self.object, self.previous)


_KEPT = ("id", "mode", "customer", "metadata", "payment_intent")
