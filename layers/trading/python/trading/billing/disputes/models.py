"""Disputes: a bank asks about a payment, or takes it back, until that is decided.

    inquiry ──> closed
       │
       └──> needs_response ──> under_review ──> won | lost

States come from Stripe, read anew each time, and may go back (an appeal). Where the money is is read, too,
and never concluded from a state:

    none      with us
    held      the bank took it, nothing is decided
    lost      the bank keeps it: what it paid is owed again, or the credit that it was is gone
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

WARNED_BEFORE = timedelta(hours=48)
LOOKUP_INTERVAL = timedelta(days=1)


class DisputeState(StrEnum):
    """The state of a dispute."""

    INQUIRY = "inquiry"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"

    @property
    def is_decided(self) -> bool:
        """Say whether nothing more is to be done."""
        return self in {DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED}

    @property
    def wants_evidence(self) -> bool:
        """Say whether the bank waits for ours."""
        return self in {DisputeState.INQUIRY, DisputeState.NEEDS_RESPONSE}


SEVERITY = (
    DisputeState.CLOSED,
    DisputeState.WON,
    DisputeState.INQUIRY,
    DisputeState.NEEDS_RESPONSE,
    DisputeState.UNDER_REVIEW,
    DisputeState.LOST,
)
"""From good to bad: operators are alarmed each time it gets worse."""


class Place(StrEnum):
    """Where the money of a dispute is."""

    NONE = "none"
    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True)
class DisputeNote:
    """What an operator noted."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True)
class DisputeReport:
    """A dispute as it is at Stripe. `state` is None where Stripe's word is not known; `withdrawn_cents` is gone."""

    dispute_id: str
    charge_reference: str
    state: DisputeState | None
    raw_status: str
    cents: int
    withdrawn_cents: int
    reason: str
    evidence_due_at: datetime | None


@dataclass(frozen=True)
class Dispute:
    """A dispute of an attempt to collect an invoice.

    `moved_cents` is what of its money moved in the journal, and `place` where it is; `owed_cents` of that made
    the invoice owed again, the rest took a credit back. `last_lookup_at` is when Stripe was last asked without
    an event, `warned_of` the last moment before or at its present deadline of which operators were warned.
    """

    dispute_id: str
    owner: str
    period: str
    number: int
    cents: int
    reason: str
    state: DisputeState
    opened_at: datetime
    updated_at: datetime
    evidence_due_at: datetime | None = None
    closed_at: datetime | None = None
    place: Place = Place.NONE
    moved_cents: int = 0
    owed_cents: int = 0
    notes: tuple[DisputeNote, ...] = ()
    last_lookup_at: datetime | None = None
    warned_of: datetime | None = None
    version: int = 0

    @property
    def due_at(self) -> datetime | None:
        """Return when it is to be followed again: daily until it is decided, and before and at its deadline."""
        if self.state.is_decided:
            return None
        return min(((self.last_lookup_at or self.opened_at) + LOOKUP_INTERVAL, *self._warnings))

    def warning_at(self, now: datetime) -> datetime | None:
        """Return the moment before or at its deadline of which operators are to be warned now; None for none."""
        return max((moment for moment in self._warnings if moment <= now), default=None)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether its deadline passed."""
        return self.evidence_due_at is not None and self.evidence_due_at <= now

    @property
    def _warnings(self) -> tuple[datetime, ...]:
        due = self.evidence_due_at
        if due is None or not self.state.wants_evidence:
            return ()
        return tuple(
            moment for moment in (due - WARNED_BEFORE, due) if self.warned_of is None or moment > self.warned_of
        )

    @property
    def is_in_favour(self) -> bool:
        """Say whether it ended with the payment as it was."""
        return self.state in {DisputeState.WON, DisputeState.CLOSED}

    def reported(self, report: DisputeReport, at: datetime) -> "Dispute":
        """Return the dispute as Stripe reports it; where the money is is another matter."""
        state = report.state or self.state
        due = report.evidence_due_at or self.evidence_due_at
        return replace(
            self,
            cents=report.cents,
            reason=report.reason,
            state=state,
            evidence_due_at=due,
            warned_of=self.warned_of if due == self.evidence_due_at else None,
            closed_at=(self.closed_at or at) if state.is_decided else None,
            updated_at=at,
        )

    def with_note(self, note: DisputeNote) -> "Dispute":
        """Return the dispute with a note more."""
        return replace(self, notes=(*self.notes, note), updated_at=note.at)


def is_worse(before: DisputeState | None, after: DisputeState) -> bool:
    """Say whether a dispute got worse."""
    return before is None or SEVERITY.index(after) > SEVERITY.index(before)


def place_of(state: DisputeState, withdrawn_cents: int) -> Place:
    """Return where the money is."""
    if not withdrawn_cents:
        return Place.NONE
    return Place.LOST if state is DisputeState.LOST else Place.HELD
