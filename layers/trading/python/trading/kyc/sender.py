"""Sending forms and documents to the broker: the one place where a tax id is in the open."""

from dataclasses import dataclass, replace

from trading.brokerage.models import IdentityDocument, KycError
from trading.kyc.application import documents_of
from trading.kyc.events import KycStatusChanged
from trading.kyc.models import KycRecord
from trading.kyc.pictures import Document, DocumentStatus
from trading.kyc.ports import IdentityBroker, KycChange, KycStore, TaxIds, Uploads
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale

NOT_TAKEN = KycError("NOT_ACCEPTED", "Some information was not accepted. Please check every field.")


@dataclass(frozen=True)
class SubmissionSender:
    """Sends what waits to be sent; what cannot be sent now stays under the resolver's index."""

    store: KycStore
    tax_ids: TaxIds
    uploads: Uploads
    broker: IdentityBroker
    clock: Clock

    def send(self, owner: str) -> None:
        """Send a person's form, then their documents, each under its key; what arrived is not sent again."""
        record = self.store.find(owner)
        if record is not None:
            record = self._send_form(record)
            for document in record.unsent_documents if record.user_id else ():
                self._send_document(record, document)

    def _send_form(self, record: KycRecord) -> KycRecord:
        submission = record.submission
        if submission is None or not submission.may_be_sent(self.clock.now()):
            return record
        tax_id = self.tax_ids.open(record.owner)
        if tax_id is None:
            return record
        documents = documents_of(record.form, tax_id)
        try:
            if record.user_id is None:
                user_id = self.broker.create_user(documents, key=submission.attempt_id).user_id
            else:
                user_id = self.broker.update_user(record.user_id, documents, key=submission.attempt_id).user_id
        except Refused:
            return self._reject(record.owner, submission.attempt_id)
        except (Unavailable, OutcomeUnknown):
            return record
        return self._mark_arrived(record.owner, submission.attempt_id, user_id)

    @retry_on_stale
    def _mark_arrived(self, owner: str, attempt_id: str, user_id: str) -> KycRecord:
        record = self._present(owner)
        submission = record.submission
        if submission is None or submission.attempt_id != attempt_id or submission.has_arrived:
            return record
        arrived = record.arrived(user_id)
        return self.store.commit(KycChange(arrived, registers_user=True)) or arrived

    @retry_on_stale
    def _reject(self, owner: str, attempt_id: str) -> KycRecord:
        record, now = self._present(owner), self.clock.now()
        submission = record.submission
        if submission is None or submission.attempt_id != attempt_id or submission.has_arrived:
            return record
        refused = record.not_taken(NOT_TAKEN, now)
        news = KycStatusChanged(owner=owner, status=refused.status.value)
        event = OutboxEvent(news, f"{owner}:{record.version}")
        return self.store.commit(KycChange(refused, events=(event,))) or refused

    def _send_document(self, record: KycRecord, document: Document) -> None:
        if not document.may_be_sent(self.clock.now()):
            return
        content = self.uploads.read(document.upload)
        if content is None:
            self._settle_document(record.owner, document.document_id, DocumentStatus.REFUSED)
            return
        picture = IdentityDocument(document.type.value, document.side.value, document.upload.content_type, content)
        try:
            ref = self.broker.upload_document(str(record.user_id), picture, key=document.attempt_id)
        except Refused:
            self._settle_document(record.owner, document.document_id, DocumentStatus.REFUSED)
        except (Unavailable, OutcomeUnknown):
            return
        else:
            self._settle_document(record.owner, document.document_id, DocumentStatus.SENT, ref)

    @retry_on_stale
    def _settle_document(self, owner: str, document_id: str, status: DocumentStatus, ref: str = "") -> None:
        record = self._present(owner)
        document = record.documents.get(document_id)
        if document is None or document.status is not DocumentStatus.PENDING:  # an approval erases documents
            return
        documents = {**record.documents, document_id: replace(document, status=status, broker_ref=ref)}
        self.store.commit(KycChange(replace(record, documents=documents)))

    def _present(self, owner: str) -> KycRecord:
        record = self.store.find(owner)
        if record is None:
            raise Unavailable("The record is not there yet.")
        return record
