"""A person's identity check: what they told, what was sent, and what the broker decided.

    NOT_READY ──> READY ──> PROCESSING ──> APPROVED
                               │  ^ └────> MANUAL_REVIEW
                               v  │
                  INFO_REQUIRED, DOC_REQUIRED, DENIED may be submitted again

NOT_READY and READY say whether the form is complete; they are computed, never kept. APPROVED is left
no more. What else the broker says replaces what it said before, unless it is older.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from trading.brokerage.models import KycDecision, KycError, KycStatus
from trading.brokerage.schedule import LOOKED_AFTER, RESENT_WITHIN

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
        return not self.has_arrived and now - self.first_sent_at < RESENT_WITHIN


class DocumentType(StrEnum):
    """What a picture shows."""

    DRIVER_LICENSE = "DRIVER_LICENSE"
    PASSPORT = "PASSPORT"
    NATIONAL_ID_CARD = "NATIONAL_ID_CARD"
    VOTER_ID = "VOTER_ID"
    WORK_PERMIT = "WORK_PERMIT"
    VISA = "VISA"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"


class Side(StrEnum):
    """Which side of it."""

    FRONT = "FRONT"
    BACK = "BACK"


ONE_SIDED = frozenset({DocumentType.PASSPORT, DocumentType.VISA})


class DocumentStatus(StrEnum):
    """Where a document stands on its way to the broker."""

    PENDING = "pending"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True)
class Upload:
    """A place in the bucket that a person may put one file of a type and size at."""

    upload_id: str
    content_type: str
    content_length: int
    key: str
    made_at: datetime


@dataclass(frozen=True)
class Document:
    """An uploaded document on its way to the broker; `attempt_id` is the key of its sending."""

    document_id: str
    type: DocumentType
    side: Side
    upload: Upload
    attempt_id: str
    first_sent_at: datetime
    status: DocumentStatus = DocumentStatus.PENDING
    broker_ref: str = ""

    def may_be_sent(self, now: datetime) -> bool:
        """Say whether it has not arrived yet and its key is still remembered by the broker."""
        return self.status is DocumentStatus.PENDING and now - self.first_sent_at < RESENT_WITHIN


@dataclass(frozen=True)
class KycRecord:
    """Everything of a person's check. `form` holds what they told, as JSON values, never the tax id.

    `decided_at` and `decided_as` tell the broker's decision that stands, `unknown_status` a word of the
    broker's that came since and that nobody knows. `is_settled` says that nothing waits for an approved
    person's account any more, `to_erase` which uploads are to be deleted on approval. `looks` counts how
    often the unfinished was looked at since the last news of it.
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
    is_settled: bool = False
    due_at: datetime | None = None
    is_complete: bool = False
    unknown_status: str = ""
    looks: int = 0
    version: int = 0

    @property
    def status(self) -> KycStatus:
        """Return where the person stands."""
        return self.sent_status or (KycStatus.READY if self.is_complete else KycStatus.NOT_READY)

    @property
    def message(self) -> str:
        """Return the status in a sentence for the person."""
        return MESSAGES[self.status]

    @property
    def is_locked(self) -> bool:
        """Say whether the form may not be changed any more."""
        return self.status is KycStatus.APPROVED

    @property
    def unsent_documents(self) -> tuple[Document, ...]:
        """Return the documents that the broker has not got yet."""
        return tuple(each for each in self.documents.values() if each.status is DocumentStatus.PENDING)

    @property
    def is_sending(self) -> bool:
        """Say whether a submission is on its way whose arrival is not known yet."""
        return self.submission is not None and not self.submission.has_arrived

    @property
    def is_waiting(self) -> bool:
        """Say whether something is unfinished that time or another look may finish."""
        if self.status is KycStatus.APPROVED:
            return not self.is_settled
        has_documents = self.user_id is not None and bool(self.unsent_documents)
        return self.status is KycStatus.PROCESSING or self.is_sending or has_documents

    def is_due(self, now: datetime) -> bool:
        """Say whether the moment to look at it again has come."""
        return self.due_at is not None and self.due_at <= now

    def to_be_sent(self, now: datetime) -> bool:
        """Say whether the form or a document may be sent, for the first time or again."""
        if self.submission is not None and self.submission.may_be_sent(now):
            return True
        return self.user_id is not None and any(each.may_be_sent(now) for each in self.documents.values())

    def submitted(self, attempt_id: str, now: datetime) -> "KycRecord":
        """Return the record with a new sending of the form."""
        submission = Submission(attempt_id, now)
        sent = replace(self, sent_status=KycStatus.PROCESSING, errors=(), submission=submission, updated_at=now)
        return sent.awaiting(now)

    def decided(self, decision: KycDecision, now: datetime) -> "KycRecord":
        """Return the record after the broker's word.

        What is late, unknown or no move changes nothing, but for `unknown_status` where it is unknown.
        """
        if decision.status is None:
            return replace(self, unknown_status=decision.raw_status or "none")
        told = _told(decision)
        if self._is_old(decision, told) or decision.status not in MOVES[self.status]:
            return self
        after = replace(
            self,
            sent_status=decision.status,
            errors=decision.errors,
            decided_at=decision.updated_at or self.decided_at,
            decided_as=told,
            unknown_status="",
            updated_at=now,
        )
        return (after._approved() if after.is_locked else after).awaiting(now)

    def _is_old(self, decision: KycDecision, told: str) -> bool:
        """Say whether the broker said this before, or said something else since."""
        if self.decided_at is None or decision.updated_at is None:
            return told == self.decided_as and self.status is decision.status
        if decision.updated_at == self.decided_at:
            return told == self.decided_as
        return decision.updated_at < self.decided_at

    def _approved(self) -> "KycRecord":
        """Return the record of an approved person: nothing that only served the check is kept."""
        keys = {upload.key for upload in self.uploads.values()}.union(self.to_erase)
        return replace(self, to_erase=tuple(sorted(keys)), uploads={}, documents={})

    def awaiting(self, now: datetime) -> "KycRecord":
        """Return the record after news: looked at again from the first step on, if anything is unfinished."""
        return replace(self, looks=0, due_at=now + LOOKED_AFTER[0] if self.is_waiting else None)

    def looked(self, now: datetime) -> "KycRecord":
        """Return the record looked at once more, with the moment of the next look; at the end there is none."""
        looks = self.looks + 1
        goes_on = self.is_waiting and looks < len(LOOKED_AFTER)
        return replace(self, looks=looks, due_at=now + LOOKED_AFTER[looks] if goes_on else None)


def _told(decision: KycDecision) -> str:
    return ",".join((str(decision.status), *(error.code for error in decision.errors)))
