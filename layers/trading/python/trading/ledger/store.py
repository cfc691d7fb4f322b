"""Journal entries in DynamoDB: one item each, by journal and sequence number, never overwritten."""

from typing import Any

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.ledger.models import Entry
from trading.platform.tables import TableMeta, Transaction, table_name

_ENTRY = TypeAdapter(Entry)


class EntryRow(Model):
    """One journal entry; the whole of it lies in `document`, as JSON."""

    class Meta(TableMeta):
        table_name = table_name("ledger")

    journal = UnicodeAttribute(hash_key=True)
    seq = NumberAttribute(range_key=True)
    document = UnicodeAttribute()


def post(transaction: Transaction, entry: Entry) -> None:
    """Add the writing of an entry to the transaction of the record concerned."""
    row = EntryRow(entry.journal, entry.seq, document=_ENTRY.dump_json(entry).decode())
    transaction.put(row, EntryRow.journal.does_not_exist(), label="entry")


class DynamoJournal:
    """The entries of every journal."""

    def since(self, journal: str, seq: int) -> tuple[Entry, ...]:
        """Return the entries after a sequence number, oldest first, by a strongly consistent read."""
        rows = EntryRow.query(journal, EntryRow.seq > seq, consistent_read=True)
        return tuple(map(read_entry, rows))

    def page(self, journal: str, *, before: int | None, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries below a sequence number, newest first."""
        bound = EntryRow.seq < before if before is not None else None
        rows = EntryRow.query(
            journal, bound, scan_index_forward=False, limit=limit, page_size=limit, consistent_read=True
        )
        return tuple(map(read_entry, rows))


def read_entry(row: Any) -> Entry:  # noqa: ANN401 - pynamodb's iterators are untyped
    """Return the entry that a row holds."""
    return _ENTRY.validate_json(row.document)
