"""Pictures of identity documents: where a person puts them, and how far they are on their way to the broker."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trading.brokerage.schedule import IDEMPOTENCY_WINDOW


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
    """How far a document is on its way to the broker."""

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
        return self.status is DocumentStatus.PENDING and now - self.first_sent_at < IDEMPOTENCY_WINDOW
