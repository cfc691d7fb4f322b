"""Identity checks in DynamoDB: the record in the person's partition, the tax id sealed in a table of its own."""

from dataclasses import replace

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.brokerage.models import KycStatus
from trading.kyc.models import KycRecord
from trading.kyc.ports import KycChange
from trading.platform.audit import put_audit
from trading.platform.documents import dump, load
from trading.platform.inbox import put_event_once
from trading.platform.outbox import put_event
from trading.platform.people import PersonRow, find_reference, partition, put_reference, set_due, set_unknown
from trading.platform.tables import ConditionFailed, TableMeta, Transaction, table_name
from trading.platform.vault import TAX_IDS

RECORD = "kyc#record"
PURPOSE = "tax-id"


class TaxIdRow(Model):
    """A person's tax id, readable with its own key alone."""

    class Meta(TableMeta):
        table_name = table_name("tax-ids")

    pk = UnicodeAttribute(hash_key=True)
    ciphertext = BinaryAttribute(legacy_encoding=False)


class DynamoKycStore:
    """The checks of people."""

    def find(self, owner: str) -> KycRecord | None:
        """Return a person's check, strongly consistent."""
        try:
            row = PersonRow.get(partition(owner), RECORD, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return record_in(row)

    def commit(self, change: KycChange) -> KycRecord | None:
        """Write a step in one transaction; return the record as written, or None if its event was handled before."""
        before = change.record
        written = replace(before, version=before.version + 1)
        pk = partition(written.owner)
        row = PersonRow(pk, RECORD, document=dump(written), version=written.version, status=written.status)
        set_due(row, "resolve", written.due_at)
        set_unknown(row, written.asked_at if written.needs_person else None)
        transaction = Transaction()
        unchanged = PersonRow.version == before.version if before.version else PersonRow.pk.does_not_exist()
        transaction.put(row, unchanged, label="record")
        if change.erases_tax_id:
            transaction.delete(TaxIdRow(pk))
        elif change.sealed_tax_id is not None:
            transaction.put(TaxIdRow(pk, ciphertext=change.sealed_tax_id))
        _put_references(transaction, written, change)
        if change.event_id is not None:
            put_event_once(transaction, change.event_id)
        for event in change.events:
            put_event(transaction, event)
        if change.audit is not None:
            put_audit(transaction, change.audit, owner=written.owner, action="resolve_unknown", at=written.updated_at)
        return written if _commit_once(transaction) else None

    def owner_of(self, user_id: str) -> str | None:
        """Return the owner of a user of the broker."""
        found = find_reference("broker-user", user_id)
        return found[0] if found else None

    def owner_of_attempt(self, attempt_id: str) -> str | None:
        """Return the owner of a first submission, by the id of its attempt."""
        found = find_reference("kyc-attempt", attempt_id)
        return found[0] if found else None


class SealedTaxIds:
    """Tax ids, sealed for their owner."""

    def seal(self, owner: str, tax_id: str) -> bytes:
        """Return the sealed form of a tax id."""
        return TAX_IDS.seal(tax_id, owner=owner, purpose=PURPOSE)

    def open(self, owner: str) -> str | None:
        """Return a person's tax id."""
        try:
            row = TaxIdRow.get(partition(owner), consistent_read=True)
        except TaxIdRow.DoesNotExist:
            return None
        return TAX_IDS.open(bytes(row.ciphertext), owner=owner, purpose=PURPOSE)


def record_in(row: PersonRow) -> KycRecord:
    """Return the check that a row holds."""
    return load(KycRecord, str(row.document))


def status_in(row: PersonRow) -> KycStatus:
    """Return the status of the check that a row holds."""
    return KycStatus(str(row.status))


def _put_references(transaction: Transaction, written: KycRecord, change: KycChange) -> None:
    """Have the person found by their user at the broker, and before that by the attempt that makes it."""
    if change.registers_user and written.user_id is not None:
        put_reference(transaction, "broker-user", written.user_id, written.owner)
    if written.user_id is None and written.submission is not None and written.is_sending:
        put_reference(transaction, "kyc-attempt", written.submission.attempt_id, written.owner)


def _commit_once(transaction: Transaction) -> bool:
    try:
        transaction.commit()
    except ConditionFailed as error:
        if "inbox" in error.labels:
            return False
        raise
    return True
