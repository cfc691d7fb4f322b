"""What the simulated Stripe remembers; kept as JSON in the sandbox's folder. Amounts are in cents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter

from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import missing

T = TypeVar("T")


class IntentStatus(StrEnum):
    """The status of a payment."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass
class Customer:
    """Somebody who pays."""

    customer_id: str
    created: datetime
    email: str | None
    name: str | None
    metadata: dict[str, str]


@dataclass
class SetupIntent:
    """The intention to keep a card for later."""

    setup_intent_id: str
    created: datetime
    customer_id: str | None
    metadata: dict[str, str]
    status: str = "requires_payment_method"
    payment_method_id: str | None = None


@dataclass
class Session:
    """A page on which a person enters a card; `due` is when it expires."""

    session_id: str
    created: datetime
    due: datetime | None
    expires: datetime
    setup_intent_id: str
    customer_id: str | None
    reference: str | None
    currency: str | None
    success_url: str | None
    cancel_url: str | None
    metadata: dict[str, str]
    status: str = "open"


@dataclass
class PaymentMethod:
    """A card that was set up. One that was detached belongs to nobody and never will again."""

    payment_method_id: str
    created: datetime
    card: Card
    customer_id: str | None
    exp_year: int
    exp_month: int = 12
    is_expired: bool = False


@dataclass
class Intent:
    """A payment, over all attempts to get it; `due` is when one that is being processed succeeds."""

    intent_id: str
    secret: str
    created: datetime
    cents: int
    currency: str
    customer_id: str | None
    payment_method_id: str | None
    description: str | None
    metadata: dict[str, str]
    status: IntentStatus = IntentStatus.REQUIRES_PAYMENT_METHOD
    error: dict[str, Any] | None = None
    charge_id: str | None = None
    canceled: datetime | None = None
    cancellation_reason: str | None = None
    due: datetime | None = None


@dataclass
class Charge:
    """One attempt to take the money; `due` is when it is disputed."""

    charge_id: str
    created: datetime
    intent_id: str
    payment_method_id: str
    cents: int
    status: str
    failure_code: str | None = None
    failure_message: str | None = None
    refunded_cents: int = 0
    dispute_id: str | None = None
    due: datetime | None = None


@dataclass
class Refund:
    """Money that went back."""

    refund_id: str
    created: datetime
    charge_id: str
    intent_id: str
    cents: int
    reason: str | None
    metadata: dict[str, str]
    status: str = "succeeded"
    failure_reason: str | None = None


@dataclass
class Dispute:
    """A charge that its payer contests, or asks about; `moves` are what its money did on our balance."""

    dispute_id: str
    created: datetime
    charge_id: str
    cents: int
    status: str = "needs_response"
    due_by: datetime | None = None
    moves: list[int] = field(default_factory=list)


@dataclass
class Event:
    """Something that happened, with the object as it was then, and those of its fields that changed as before."""

    event_id: str
    created: datetime
    kind: str
    document: dict[str, Any]
    previous: dict[str, Any] | None = None
    request_id: str | None = None
    key: str | None = None


@dataclass
class Waiting:
    """An event on its way; `attempts` were made in vain."""

    event_id: str
    due: datetime
    attempts: int = 0


@dataclass
class Remembered:
    """The answer that an idempotency key got."""

    digest: str
    status: int
    body: str
    at: datetime


@dataclass
class State:
    """Everything, oldest first."""

    customers: dict[str, Customer] = field(default_factory=dict)
    deleted_customers: list[str] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    setup_intents: dict[str, SetupIntent] = field(default_factory=dict)
    payment_methods: dict[str, PaymentMethod] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    keys: dict[str, Remembered] = field(default_factory=dict)
    is_holding: bool = False

    def keep(self, file: Path) -> None:
        """Write everything down; a process that dies meanwhile leaves what was there before."""
        draft = file.with_suffix(".draft")
        draft.write_bytes(_STATE.dump_json(self))
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> "State":
        """Return what was written down; of a file that is not there, nothing."""
        return _STATE.validate_json(file.read_bytes()) if file.exists() else cls()

    def due(self) -> Iterator[datetime]:
        """Yield the moments at which something happens by itself, deliveries aside."""
        timed: list[Mapping[str, Session] | Mapping[str, Intent] | Mapping[str, Charge]] = [
            self.sessions,
            self.intents,
            self.charges,
        ]
        yield from (record.due for records in timed for record in records.values() if record.due is not None)


def new_id(prefix: str) -> str:
    """Return an id that nobody has."""
    return f"{prefix}_{uuid4().hex[:24]}"


def found(known: Mapping[str, T], their_id: object, kind: str, param: str = "id") -> T:
    """Return an object.

    Raises:
        StripeError: if there is none of that id.
    """
    if not isinstance(their_id, str) or their_id not in known:
        raise missing(kind, their_id, param)
    return known[their_id]


_STATE = TypeAdapter(State)
