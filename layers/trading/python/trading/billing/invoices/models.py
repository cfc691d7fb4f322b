"""Invoices: one a person and month, immutable in amount and period once they are open.

    open ──> paid <──> uncollectible
      ├──────────────────┘  │
      └────> void <─────────┘

What was paid is owed again only where a bank took the money back for good: a dispute that is lost.

An attempt to collect belongs to the invoice and is a row of its own; at most one is not settled.

    pending ──> success | failed | requires_authentication
    requires_authentication ──> success | failed | pending
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from trading.billing.accrual.models import first_day
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.platform.ids import derived_id


class InvoiceStatus(StrEnum):
    """The status of an invoice."""

    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"

    @property
    def is_owed(self) -> bool:
        """Say whether the amount is still wanted."""
        return self in {InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE}


INVOICE_MOVES: Mapping[InvoiceStatus, frozenset[InvoiceStatus]] = {
    InvoiceStatus.OPEN: frozenset({InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.VOID}),
    InvoiceStatus.UNCOLLECTIBLE: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID}),
    InvoiceStatus.PAID: frozenset({InvoiceStatus.UNCOLLECTIBLE}),
    InvoiceStatus.VOID: frozenset(),
}


class AttemptStatus(StrEnum):
    """The status of an attempt."""

    PENDING = "pending"
    REQUIRES_AUTHENTICATION = "requires_authentication"
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more can come of it."""
        return self in {AttemptStatus.SUCCESS, AttemptStatus.FAILED}


@dataclass(frozen=True)
class Line:
    """A part of an invoice: a month's fees, a correction, a credit; exact cents.

    `payment_id` names the payment whose money a credit is: the journal has it as owed to the person.
    """

    what: str
    period: str
    cents: Fraction
    payment_id: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One attempt to collect an invoice. `reference` is the partner's id of it, once that is known.

    `is_dunning` says that it is a dunning attempt that is not counted yet, `is_manual` that the person
    wanted to pay, `is_switch` that another method became active. `lookups` counts those of its
    outcome; `needs_person` says that this was often enough. `credited_cents` is what it brought that was not
    owed, less what was taken back of that, `credit_refunded_cents` by a refund; `disputes` names those that are
    open or lost.
    Without a method, `method_id` is empty.
    """

    number: int
    method_id: str
    rail: PaymentMethodKind
    cents: int
    started_at: datetime
    status: AttemptStatus = AttemptStatus.PENDING
    reference: str | None = None
    reason: str | None = None
    updated_at: datetime | None = None
    is_dunning: bool = True
    lookups: int = 0
    refunded_cents: int = 0
    disputes: tuple[str, ...] = ()
    is_manual: bool = False
    needs_person: bool = False
    credited_cents: int = 0
    credit_refunded_cents: int = 0
    is_switch: bool = False

    @property
    def is_disputed(self) -> bool:
        """Say whether a bank contests it, or took it back."""
        return bool(self.disputes)


@dataclass(frozen=True)
class AttemptPlace:
    """Whose an attempt is, of which month, and its number."""

    owner: str
    period: str
    number: int


@dataclass(frozen=True)
class Invoice:
    """What a person owes for a month. `period_end` is its last day; `dunning_attempts` counts those that failed.

    `next_attempt_at` is when the next dunning attempt is due, `lookup_at` when the next lookup of an attempt is,
    `credited_cents` what operators gave back of it on later invoices. `reopened_cents` is what a lost dispute
    took back. `changed` are the numbers of the attempts that are to be written.
    """

    owner: str
    period: str
    period_start: date
    period_end: date
    cents: int
    lines: tuple[Line, ...]
    due_on: date
    created_at: datetime
    updated_at: datetime
    status: InvoiceStatus = InvoiceStatus.OPEN
    attempts: tuple[Attempt, ...] = ()
    dunning_attempts: int = 0
    next_attempt_at: datetime | None = None
    lookup_at: datetime | None = None
    paid_at: datetime | None = None
    credited_cents: int = 0
    reopened_cents: int | None = None
    changed: frozenset[int] = frozenset()
    version: int = 0

    @property
    def invoice_id(self) -> str:
        """Return the id: the same for a person and month, however often it is made."""
        return invoice_id_of(self.owner, self.period)

    @property
    def description(self) -> str:
        """Return what people read."""
        return f"Commission for {first_day(self.period):%B %Y}"

    @property
    def owed_cents(self) -> int:
        """Return what is still to be collected."""
        wanted = self.cents if self.reopened_cents is None else self.reopened_cents
        return wanted if self.status.is_owed else 0

    @property
    def creditable_cents(self) -> int:
        """Return what may still be credited: what was not credited or refunded."""
        return self.cents - self.credited_cents - sum(attempt.refunded_cents for attempt in self.attempts)

    @property
    def open_attempt(self) -> Attempt | None:
        """Return the attempt that is not settled, or None."""
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and not last.status.is_settled else None

    def payment_id(self, number: int) -> str:
        """Return the id of an attempt."""
        return payment_id_of(self.invoice_id, number)

    def key(self, number: int) -> str:
        """Return the key that an attempt is sent under, however often."""
        return f"{self.invoice_id}#{number}"

    def with_attempt(self, attempt: Attempt, at: datetime) -> "Invoice":
        """Return the invoice with an attempt added, or in the place of the one of its number."""
        kept = tuple(known for known in self.attempts if known.number < attempt.number)
        later = tuple(known for known in self.attempts if known.number > attempt.number)
        changed = self.changed | {attempt.number}
        return replace(self, attempts=(*kept, attempt, *later), changed=changed, updated_at=at)

    def attempt(self, number: int) -> Attempt | None:
        """Return an attempt by its number."""
        return next((attempt for attempt in self.attempts if attempt.number == number), None)


def payment_id_of(invoice_id: str, number: int) -> str:
    """Return the id of an attempt to collect an invoice."""
    return derived_id("commission-payment", invoice_id, str(number))


def invoice_id_of(owner: str, period: str) -> str:
    """Return the id of a person's invoice for a month."""
    return derived_id("invoice", owner, period)
