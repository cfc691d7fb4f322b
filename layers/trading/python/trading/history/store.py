"""The feed in DynamoDB: rows `history#<inverted time>-<type>-<id>` in the person's partition."""

from datetime import UTC, datetime

from trading.history.models import HistoryItem, HistoryType
from trading.history.ports import HistoryPage
from trading.platform.documents import dump, load
from trading.platform.people import PersonRow, partition
from trading.platform.tables import Transaction

_PREFIX = "history#"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_AT_ONCE = 100


def put_history(transaction: Transaction, item: HistoryItem) -> None:
    """Add an item, as its record is now, to the transaction of that record."""
    transaction.put(PersonRow(partition(item.owner), _sk(item), document=dump(item), status=item.status))


class DynamoHistory:
    """The feed of everybody."""

    def page(
        self, owner: str, *, type_: HistoryType | None, status: str | None, after: str | None, limit: int
    ) -> HistoryPage:
        """Return a person's items, newest first."""
        bounds = PersonRow.sk.between(after or _PREFIX, f"{_PREFIX}~")
        rows = PersonRow.query(partition(owner), bounds, consistent_read=True, page_size=max(_AT_ONCE, limit + 2))
        found: list[tuple[str, HistoryItem]] = []
        for row in rows:
            item = load(HistoryItem, str(row.document))
            if str(row.sk) != after and type_ in {None, item.type} and status in {None, item.status}:
                found.append((str(row.sk), item))
            if len(found) > limit:
                break
        page = found[:limit]
        return HistoryPage(tuple(item for _, item in page), page[-1][0] if len(found) > limit else None)


def _sk(item: HistoryItem) -> str:
    inverted = int((_END_OF_TIME - item.at).total_seconds() * 1_000_000)
    return f"{_PREFIX}{inverted:018d}-{item.type}-{item.item_id}"
