"""Disputes in DynamoDB, in the `people` table.

dispute#<id>                     in its person's partition; is followed while it is open
operator#disputes                the order of all, newest first: copies for operators
dispute#<id> | -                 whose it is
"""

from dataclasses import replace

from trading.billing.disputes.models import Dispute
from trading.billing.disputes.ports import DisputePage
from trading.funding.rows import newest_first
from trading.platform.documents import dump, load
from trading.platform.people import PersonRow, find_reference, partition, put_reference, set_due
from trading.platform.tables import Transaction

DISPUTES, DISPUTE = "operator#disputes", "dispute#"


class DynamoDisputeStore:
    """Disputes of everybody."""

    def find(self, owner: str, dispute_id: str) -> Dispute | None:
        """Return a person's dispute, strongly consistent."""
        try:
            row = PersonRow.get(partition(owner), f"{DISPUTE}{dispute_id}", consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(Dispute, str(row.document))

    def owner_of(self, dispute_id: str) -> str | None:
        """Return whose a dispute is."""
        found = find_reference("dispute", dispute_id)
        return found[0] if found is not None else None

    def page(self, *, after: str | None, limit: int) -> DisputePage:
        """Return the disputes of everybody, newest first."""
        beyond = PersonRow.sk > after if after else None
        rows = list(PersonRow.query(DISPUTES, beyond, limit=limit + 1, consistent_read=True))
        disputes = tuple(load(Dispute, str(row.document)) for row in rows[:limit])
        return DisputePage(disputes, str(rows[limit - 1].sk) if len(rows) > limit else None)


def put_dispute(transaction: Transaction, dispute: Dispute) -> None:
    """Add the writing of a dispute's next version, if nobody wrote it first."""
    written = replace(dispute, version=dispute.version + 1)
    document = dump(written)
    condition = PersonRow.version == dispute.version if dispute.version else PersonRow.pk.does_not_exist()
    row = PersonRow(partition(written.owner), f"{DISPUTE}{written.dispute_id}", document=document)
    row.version = written.version
    set_due(row, "resolve", written.due_at)
    transaction.put(row, condition, label="dispute")
    transaction.put(PersonRow(DISPUTES, newest_first(written.opened_at, written.dispute_id), document=document))
    put_reference(transaction, "dispute", written.dispute_id, written.owner)
