"""Uploading identity documents: a ticket for the file, then a look at what was put there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.kyc.models import KycRecord
from trading.kyc.pictures import ONE_SIDED, Document, DocumentStatus, DocumentType, Side, Upload
from trading.kyc.ports import Inspection, KycChange, KycStore, Submissions, Ticket, Uploads
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from trading.platform.ids import derived_id, new_id
from trading.platform.retry import retry_on_stale

MAX_BYTES = 10 * 1024 * 1024
MAX_UPLOADS = 20
"""How many files a round of review takes; with each submission and each decision of the broker one begins."""
KEPT_UNUSED = timedelta(days=1)
HEADS: Mapping[str, bytes] = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-",
}
"""What a file of each accepted type begins with."""


@dataclass(frozen=True)
class DocumentService:
    """Takes people's identity documents."""

    store: KycStore
    uploads: Uploads
    submissions: Submissions
    clock: Clock

    @retry_on_stale
    def begin(self, owner: str, content_type: str, content_length: int) -> tuple[Upload, Ticket]:
        """Return a place for one file and how to put it there.

        Raises:
            Conflict: `kyc_locked` once approved, `too_many_uploads`.
        """
        now = self.clock.now()
        record = self.store.find(owner) or KycRecord(owner, created_at=now, updated_at=now)
        _require_open(record)
        tidied = _tidied(record, now)
        if sum(_is_of_this_round(record, upload.made_at) for upload in tidied.uploads.values()) >= MAX_UPLOADS:
            raise Conflict("There are too many uploads.", code="too_many_uploads")
        upload = Upload(new_id(), content_type, content_length, f"documents/{new_id()}", now)
        self.store.commit(KycChange(replace(tidied, uploads={**tidied.uploads, upload.upload_id: upload})))
        return upload, self.uploads.ticket(upload)

    def attach(self, owner: str, upload_id: str, kind: DocumentType, side: Side) -> Document:
        """Take an uploaded file as a document and have it sent to the broker; the same upload again changes nothing.

        Raises:
            InvalidRequest: if such a document has no such side, or the file is not what was announced.
            NotFound: if the person has no such upload.
            Conflict: `kyc_not_submitted`, `kyc_locked` or `upload_missing`.
        """
        if kind in ONE_SIDED and side is Side.BACK:
            raise InvalidRequest(problems=(FieldProblem("side", f"a {kind} has a front alone"),))
        document = self._attach(owner, upload_id, kind, side)
        self.submissions.send(owner)
        return document

    @retry_on_stale
    def _attach(self, owner: str, upload_id: str, kind: DocumentType, side: Side) -> Document:
        record, now = self.store.find(owner), self.clock.now()
        upload = record.uploads.get(upload_id) if record else None
        if record is None or upload is None:
            raise NotFound("There is no such upload.")
        _require_open(record)
        if record.submission is None:
            raise Conflict("The form has not been submitted yet.", code="kyc_not_submitted")
        document_id = derived_id("document", owner, upload_id)
        if document_id in record.documents:
            return record.documents[document_id]
        _require_as_announced(upload, self.uploads.inspect(upload))
        document = Document(document_id, kind, side, upload, new_id(), now)
        documents = {**record.documents, document_id: document}
        self.store.commit(KycChange(replace(record, documents=documents).awaiting(now)))
        return document


def _tidied(record: KycRecord, now: datetime) -> KycRecord:
    """Return a record without uploads that nothing came of, and without documents of rounds before that have ended.

    Their files go with the others.
    """
    documents = {
        name: document
        for name, document in record.documents.items()
        if document.status is DocumentStatus.PENDING or _is_of_this_round(record, document.first_sent_at)
    }
    used = {document.upload.upload_id for document in documents.values()}
    ended = {document.upload.upload_id for document in record.documents.values()} - used
    kept = {
        name: upload
        for name, upload in record.uploads.items()
        if name in used or (name not in ended and now - upload.made_at < KEPT_UNUSED)
    }
    dropped = tuple(upload.key for name, upload in record.uploads.items() if name not in kept)
    refs = tuple(document.broker_ref for name, document in record.documents.items() if name not in documents)
    return replace(
        record,
        documents=documents,
        uploads=kept,
        to_erase=(*record.to_erase, *dropped),
        earlier_refs=(*record.earlier_refs, *filter(None, refs)),
    )


def _is_of_this_round(record: KycRecord, at: datetime) -> bool:
    return record.round_since is None or at >= record.round_since


def _require_open(record: KycRecord) -> None:
    if record.is_locked:
        raise Conflict("The application is approved; no documents are needed any more.", code="kyc_locked")


def _require_as_announced(upload: Upload, found: Inspection | None) -> None:
    if found is None:
        raise Conflict("The file has not been uploaded yet.", code="upload_missing")
    if found.content_length != upload.content_length or not found.head.startswith(HEADS[upload.content_type]):
        message = "the file is not of the size and type that were announced"
        raise InvalidRequest(problems=(FieldProblem("upload_id", message),))
