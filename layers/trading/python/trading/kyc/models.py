"""A person's identity check: what they filled in, what was sent, and what the broker decided.

    NOT_READY ──> READY ──> PROCESSING ──> APPROVED
                               │  ^ └────> MANUAL_REVIEW
                               v  │
                  INFO_REQUIRED, DOC_REQUIRED, DENIED may be submitted again

NOT_READY and READY say whether the form is complete; they are computed, never kept. APPROVED is left
no more. What else the broker says replaces what it said before, unless it is older.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from trading.brokerage.models import KycDecision, KycError, KycStatus
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW, LOOKUP_DELAYS
from trading.kyc.pictures import Document, DocumentStatus, Upload

DECIDED = frozenset(
    {
        KycStatus.APPROVED,
        KycStatus.DENIED,
        KycStatus.MANUAL_REVIEW,
        KycStatus.INFO_REQUIRED,
        KycStatus.DOC_REQUIRED,
    }
)
MOVES: Mapping[KycStatus, frozenset[KycStatus]] = {
    KycStatus.NOT_READY: frozenset({KycStatus.PROCESSING}),
    KycStatus.READY: frozenset({KycStatus.PROCESSING}),
    KycStatus.PROCESSING: DECIDED,
    KycStatus.INFO_REQUIRED: DECIDED | {KycStatus.PROCESSING},
    KycStatus.DOC_REQUIRED: DECIDED | {KycStatus.PROCESSING},
    KycStatus.MANUAL_REVIEW: DECIDED | {KycStatus.PROCESSING},
    KycStatus.DENIED: DECIDED | {KycStatus.PROCESSING},
    KycStatus.APPROVED: frozenset(),
}
"""Which status may follow which."""

SUBMITTABLE = frozenset(MOVES) - {KycStatus.PROCESSING, KycStatus.MANUAL_REVIEW, KycStatus.APPROVED}
"""Where a person may have the form checked, for the first time or again; elsewhere it is being checked."""

WATCHED_EVERY = timedelta(days=1)
WATCHED_AFTER_DENIAL = timedelta(days=30)
"""How long a broker may take a denial back without an event that reaches us."""

MESSAGES: Mapping[KycStatus, str] = {
    KycStatus.NOT_READY: "Some fields of the form are missing.",
    KycStatus.READY: "The form is complete and can be submitted.",
    KycStatus.PROCESSING: "Your information is being checked.",
    KycStatus.APPROVED: "You are approved.",
    KycStatus.DENIED: "Your application was declined.",
    KycStatus.MANUAL_REVIEW: "Your application is being reviewed by a person.",
    KycStatus.INFO_REQUIRED: "Please correct your information and submit it again.",
    KycStatus.DOC_REQUIRED: "Please upload a document that proves who you are.",
}


@dataclass(frozen=True)
class Submission:
    """One sending of the form: the key that every try of it carries, and whether it arrived."""

    attempt_id: str
    first_sent_at: datetime
    has_arrived: bool = False

    def may_be_sent(self, now: datetime) -> bool:
        """Say whether it has not arrived yet and its key is still remembered by the broker."""
        return not self.has_arrived and now - self.first_sent_at < IDEMPOTENCY_WINDOW


@dataclass(frozen=True)
class KycRecord:
    """Everything of a person's check. `form` holds what they filled in, as JSON values, never the tax id.

    `decided_at` and `decided_as` are the broker's decision in force, `unknown_status` a word of the
    broker's that came since and that nobody knows. `is_settled` says that nothing waits for an approved
    person's account any more, `to_erase` which uploads are to be deleted on approval. `lookups` counts
    those of the unfinished since the last news of it; `needs_person` says that a request of it is
    left to a person. A round of review begins with each submission and each new decision, at `round_since`;
    `earlier_refs` are the broker's ids of documents of rounds before.
    """

    owner: str
    created_at: datetime
    updated_at: datetime
    form: Mapping[str, Any] = field(default_factory=dict)
    tax_id_last4: str | None = None
    tax_id_may_be_ssn: bool = False
    sent_status: KycStatus | None = None
    errors: tuple[KycError, ...] = ()
    user_id: str | None = None
    submission: Submission | None = None
    decided_at: datetime | None = None
    decided_as: str = ""
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    to_erase: tuple[str, ...] = ()
    earlier_refs: tuple[str, ...] = ()
    is_settled: bool = False
    due_at: datetime | None = None
    is_complete: bool = False
    unknown_status: str = ""
    lookups: int = 0
    needs_person: bool = False
    round_since: datetime | None = None
    version: int = 0

    @property
    def status(self) -> KycStatus:
        """Return the status of the check."""
        return self.sent_status or (KycStatus.READY if self.is_complete else KycStatus.NOT_READY)

    @property
    def message(self) -> str:
        """Return the status in a sentence for the person."""
        return MESSAGES[self.status]

    @property
    def asked_at(self) -> datetime:
        """Return the moment that the form was sent first; without a sending, that of the last change."""
        return self.submission.first_sent_at if self.submission is not None else self.updated_at

    @property
    def is_locked(self) -> bool:
        """Say whether the form may not be changed any more."""
        return self.status is KycStatus.APPROVED

    @property
    def unsent_documents(self) -> tuple[Document, ...]:
        """Return the documents that the broker has not got yet."""
        return tuple(document for document in self.documents.values() if document.status is DocumentStatus.PENDING)

    @property
    def is_sending(self) -> bool:
        """Say whether a submission is on its way whose arrival is not known yet."""
        return self.submission is not None and not self.submission.has_arrived

    @property
    def is_unfinished(self) -> bool:
        """Say whether a request of ours has no outcome yet: the form, a document, or what an approval leads to."""
        if self.status is KycStatus.APPROVED:
            return not self.is_settled
        has_documents = self.user_id is not None and bool(self.unsent_documents)
        return self.status is KycStatus.PROCESSING or self.is_sending or has_documents

    def is_watched(self, now: datetime) -> bool:
        """Say whether the broker may still decide: its word is read every day, since its events may be lost."""
        if self.user_id is None or self.sent_status in {None, KycStatus.APPROVED}:
            return False
        decided = self.decided_at or self.updated_at
        return self.status is not KycStatus.DENIED or now - decided < WATCHED_AFTER_DENIAL

    def is_waiting(self, now: datetime) -> bool:
        """Say whether something is unfinished that time or another lookup may finish."""
        return self.is_unfinished or self.is_watched(now)

    def is_to_be_read(self, now: datetime) -> bool:
        """Say whether the broker's decision is to be read now: not while it may be that of the form before."""
        is_resent = self.submission is not None and self.submission.may_be_sent(now)
        return self.is_watched(now) and not is_resent

    def is_due(self, now: datetime) -> bool:
        """Say whether the moment of the next lookup has come."""
        return self.due_at is not None and self.due_at <= now

    def to_be_sent(self, now: datetime) -> bool:
        """Say whether the form or a document may be sent, for the first time or again."""
        if self.submission is not None and self.submission.may_be_sent(now):
            return True
        return self.user_id is not None and any(document.may_be_sent(now) for document in self.documents.values())

    def submitted(self, attempt_id: str, now: datetime) -> "KycRecord":
        """Return the record with a new sending of the form."""
        submission = Submission(attempt_id, now)
        sent = replace(self, sent_status=KycStatus.PROCESSING, errors=(), submission=submission, updated_at=now)
        return replace(sent, round_since=now).awaiting(now)

    def not_taken(self, error: KycError, now: datetime) -> "KycRecord":
        """Return the record after a sending of the form that came to nothing: the person may submit it again."""
        submission = replace(self.submission, has_arrived=True) if self.submission else None
        refused = replace(self, sent_status=KycStatus.INFO_REQUIRED, errors=(error,), submission=submission)
        return replace(refused, updated_at=now).awaiting(now)

    def arrived(self, user_id: str) -> "KycRecord":
        """Return the record after its form came to the broker, as this user's."""
        submission = replace(self.submission, has_arrived=True) if self.submission else None
        return replace(self, user_id=user_id, submission=submission)

    def decided(self, decision: KycDecision, now: datetime) -> "KycRecord":
        """Return the record after the broker's word.

        What is late, unknown or no move changes nothing, but for `unknown_status` where it is unknown.
        """
        if decision.status is None:
            return replace(self, unknown_status=decision.raw_status or "none")
        outcome = _outcome_of(decision)
        if self._is_old(decision, outcome) or decision.status not in MOVES[self.status]:
            return self
        is_late = self.submission is not None and not self.submission.may_be_sent(now)
        sent = self.arrived(str(self.user_id)) if is_late and self.is_answered_by(decision) else self
        after = replace(
            sent,
            sent_status=decision.status,
            errors=decision.errors,
            decided_at=decision.updated_at or self.decided_at,
            decided_as=outcome,
            unknown_status="",
            round_since=now,
            updated_at=now,
        )
        return (after._approved() if after.is_locked else after).awaiting(now)

    def _is_old(self, decision: KycDecision, outcome: str) -> bool:
        """Say whether the broker said this before, or said something else since."""
        if self.decided_at is None or decision.updated_at is None:
            return outcome == self.decided_as and self.status is decision.status
        if decision.updated_at == self.decided_at:
            return outcome == self.decided_as
        return decision.updated_at < self.decided_at

    def is_answered_by(self, decision: KycDecision) -> bool:
        """Say whether a decision shows that the form did arrive: one made after it was sent, not the one before."""
        submission, at = self.submission, decision.updated_at
        if submission is None:
            return False
        if at is None:
            return decision.status is KycStatus.PROCESSING
        return at >= submission.first_sent_at and at != self.decided_at

    def _approved(self) -> "KycRecord":
        """Return the record of an approved person: nothing that only served the check is kept."""
        keys = {upload.key for upload in self.uploads.values()}.union(self.to_erase)
        return replace(self, to_erase=tuple(sorted(keys)), uploads={}, documents={}, earlier_refs=())

    def awaiting(self, now: datetime) -> "KycRecord":
        """Return the record after news: its lookups begin anew, if anything is unfinished."""
        due_at = now + self._wait(0) if self.is_waiting(now) else None
        return replace(self, lookups=0, due_at=due_at, needs_person=False)

    def with_lookup(self, now: datetime) -> "KycRecord":
        """Return the record after one more lookup, with the moment of the next.

        After the last of them what is unfinished is left to a person; what the broker may still decide, or an
        approval may still lead to, is read every day all the same.
        """
        lookups = self.lookups + 1
        is_over = lookups >= len(LOOKUP_DELAYS)
        goes_on = self.is_watched(now) or (self.is_unfinished and (self.is_locked or not is_over))
        due_at = now + self._wait(lookups) if goes_on else None
        needs_person = self.is_unfinished and (self.needs_person or is_over)
        return replace(self, lookups=lookups, due_at=due_at, needs_person=needs_person)

    def _wait(self, lookups: int) -> timedelta:
        """Return the pause before the next lookup: where nothing of ours is open, a day."""
        return LOOKUP_DELAYS[lookups] if self.is_unfinished and lookups < len(LOOKUP_DELAYS) else WATCHED_EVERY


def _outcome_of(decision: KycDecision) -> str:
    return ",".join((str(decision.status), *(error.code for error in decision.errors)))
