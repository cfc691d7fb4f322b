"""The inbox: what was handled already, one row each in the table `inbox`.

Four kinds of row share it, distinguished by the prefix of their key: events of queues, runs of
schedules, the last run of each job, and receipts of HTTP requests. A row is written on the condition
that there is none, in the transaction of its effect where there is one.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from trading.platform.clock import SystemClock
from trading.platform.ids import new_id
from trading.platform.receipts import Receipt
from trading.platform.tables import TableMeta, Transaction, table_name

KEPT_FOR = timedelta(days=30)
"""Longer than a message can live: 4 days in a queue, 14 in its dead-letter queue."""


class OpenRunIndex(GlobalSecondaryIndex["InboxRow"]):  # type: ignore[no-untyped-call]
    """The runs that are not done, by the moment (Unix seconds) from which nobody may be at work; sparse."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_key = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class InboxRow(Model):
    """One thing that was handled."""

    class Meta(TableMeta):
        table_name = table_name("inbox")

    pk = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    cursor = UnicodeAttribute(null=True)
    function = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)
    begun_at = NumberAttribute(null=True)
    scheduled_at = NumberAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    by_due = OpenRunIndex()


def put_event_once(transaction: Transaction, event_id: str) -> None:
    """Add the marking of an event as handled to the transaction of its effect."""
    transaction.put(InboxRow(f"event#{event_id}", expires_at=_expiry()), InboxRow.pk.does_not_exist(), label="inbox")


def is_claimed(event_id: str) -> bool:
    """Say whether an event was marked as handled, strongly consistent."""
    try:
        InboxRow.get(f"event#{event_id}", consistent_read=True)
    except InboxRow.DoesNotExist:
        return False
    return True


def claim_event(event_id: str) -> bool:
    """Mark an event as handled where it has no effect on records; return False if it was.

    The row names the claim, so that a claim whose answer got lost and that is sent again still holds.
    """
    claim = new_id()
    row = InboxRow(f"event#{event_id}", reference=claim, expires_at=_expiry())
    try:
        row.save(InboxRow.pk.does_not_exist() | (InboxRow.reference == claim))
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def put_receipt(transaction: Transaction, receipt: Receipt) -> None:
    """Add a receipt to the transaction of what the request did. Receipts are kept for good."""
    row = InboxRow(f"receipt#{receipt.receipt_id}", digest=receipt.digest, reference=receipt.reference)
    transaction.put(row, InboxRow.pk.does_not_exist(), label="receipt")


class DynamoReceipts:
    """The receipts that were written."""

    def find(self, receipt_id: str) -> Receipt | None:
        """Return a receipt, strongly consistent, or None."""
        try:
            row = InboxRow.get(f"receipt#{receipt_id}", consistent_read=True)
        except InboxRow.DoesNotExist:
            return None
        return Receipt(receipt_id, str(row.digest), str(row.reference))


def _expiry() -> int:
    now: datetime = SystemClock().now()
    return int((now + KEPT_FOR).timestamp())
