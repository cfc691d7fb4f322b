"""Submissions and documents that nobody could find out about: an operator decides, and the broker is asked once more.

A person's record may wait for its form, then for its documents, then for the decision: what an operator
decides concerns the first of these. The broker finds users by its own id alone. So a form whose user is not
known can be found by the id that the operator gives, and by nothing else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.models import KycDecision, KycError, KycStatus
from trading.kyc.decisions import events_of
from trading.kyc.models import KycRecord
from trading.kyc.pictures import DocumentStatus
from trading.kyc.ports import IdentityBroker, KycChange, KycStore
from trading.platform.clock import Clock
from trading.platform.documents import dump, load
from trading.platform.errors import Refused
from trading.platform.retry import retry_on_stale
from trading.platform.unknowns import (
    Decision,
    Finding,
    Known,
    Unknown,
    UnknownKind,
    already_resolved,
    not_at_partner,
    partner_knows_it,
    required_reference,
)

NEVER_ARRIVED = KycError("NOT_ARRIVED", "Your application did not arrive. Please submit it again.")


@dataclass(frozen=True)
class KycUnknowns:
    """Settles checks that the resolver left to a person; see `UnknownResolver`."""

    store: KycStore
    broker: IdentityBroker
    clock: Clock

    @retry_on_stale
    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about a check; return its status then."""
        del sk
        record, now = self.store.find(owner), self.clock.now()
        if record is None or not record.needs_person:
            raise already_resolved()
        after = replace(self._apply(record, finding, now), updated_at=now)
        change = KycChange(
            after,
            events=tuple(events_of(record, after)),
            erases_tax_id=after.is_locked and not record.is_locked,
            registers_user=after.user_id != record.user_id,
            audit=finding.audit,
        )
        return (self.store.commit(change) or after).status.value

    def _apply(self, record: KycRecord, finding: Finding, now: datetime) -> KycRecord:
        if finding.decision is Decision.LOOK_AGAIN:
            return replace(record, due_at=now, lookups=1, needs_person=False)
        if finding.decision is Decision.ARRIVED:
            return self._take_over(record, finding, now).awaiting(now)
        return self._end(record, now).awaiting(now)

    def _end(self, record: KycRecord, now: datetime) -> KycRecord:
        """Return the record without what never arrived. Raises Conflict if the broker knows it."""
        decision = self._decision(record.user_id)
        if record.is_sending:
            if decision is not None and record.is_answered_by(decision):
                raise partner_knows_it()
            return record.not_taken(NEVER_ARRIVED, now)
        if record.unsent_documents:
            if self._list_unclaimed(record):
                raise partner_knows_it()
            refused = {
                document.document_id: replace(document, status=DocumentStatus.REFUSED)
                for document in record.unsent_documents
            }
            return replace(record, documents={**record.documents, **refused})
        if decision is not None:
            raise partner_knows_it()
        return replace(record.not_taken(NEVER_ARRIVED, now), user_id=None)

    def _take_over(self, record: KycRecord, finding: Finding, now: datetime) -> KycRecord:
        """Return the record with what the broker has of it. Raises Conflict if it has nothing of the kind."""
        if record.is_sending or not record.unsent_documents:
            reference = record.user_id or required_reference(finding)
            if finding.partner_reference not in {None, reference}:
                raise not_at_partner()
            decision = self._decision(reference)
            if decision is None or not self._may_be(reference, record):
                raise not_at_partner()
            return record.arrived(reference).decided(decision, now)
        reference = required_reference(finding)
        if reference not in self._list_unclaimed(record):
            raise not_at_partner()
        first = replace(record.unsent_documents[0], status=DocumentStatus.SENT, broker_ref=reference)
        return replace(record, documents={**record.documents, first.document_id: first})

    def _decision(self, user_id: str | None) -> KycDecision | None:
        """Return the broker's decision about a user; None where it knows none. Raises Unavailable."""
        if user_id is None:
            return None
        try:
            return self.broker.kyc_status(user_id)
        except Refused:
            return None

    def _may_be(self, user_id: str, record: KycRecord) -> bool:
        """Say whether a user can be a person's: nobody else's, and of the same e-mail address where one is known."""
        email = self.broker.user(user_id).email.casefold()
        is_same = email in {"", str(record.form.get("email_address", "")).casefold()}
        return is_same and self.store.owner_of(user_id) in {None, record.owner}

    def _list_unclaimed(self, record: KycRecord) -> set[str]:
        """Return the documents that the broker has of a person and that we know nothing of. Raises Unavailable."""
        ours = {document.broker_ref for document in record.documents.values()}.union(record.earlier_refs)
        return set(self.broker.documents_of(str(record.user_id))) - ours


def leave_record(document: str) -> str:
    """Return the document of a stuck record, left to a person."""
    return dump(replace(load(KycRecord, document), needs_person=True, due_at=None))


def describe_record(owner: str, document: str) -> Unknown | None:
    """Return the unknown outcome of a check; None where nothing is unknown."""
    record = load(KycRecord, document)
    if not record.needs_person:
        return None
    known: Known = {
        "waits_for": _waits_for(record),
        "documents": len(record.unsent_documents),
        "lookups": record.lookups,
        "partner_reference": record.user_id,
        "partner_status": record.unknown_status or None,
    }
    return Unknown(UnknownKind.KYC_SUBMISSION, owner, owner, record.asked_at, record.status.value, known)


def _waits_for(record: KycRecord) -> str:
    if record.is_sending:
        return "submission"
    if record.status is KycStatus.APPROVED:
        return "account"
    return "documents" if record.unsent_documents else "decision"
