"""The feed in DynamoDB: rows `history#<inverted time>-<type>-<id>` in the person's partition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from trading.history.models import HistoryItem, HistoryType
from trading.history.ports import HistoryPage
from trading.platform.clock import Clock
from trading.platform.documents import dump, load
from trading.platform.pages import page_of, scanned
from trading.platform.people import PersonRow, partition
from trading.platform.tables import Transaction

_PREFIX = "history#"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def put_history(transaction: Transaction, item: HistoryItem) -> None:
    """Add an item, as its record is now, to the transaction of that record."""
    transaction.put(PersonRow(partition(item.owner), _sk(item), document=dump(item), status=item.status))


@dataclass(frozen=True)
class DynamoHistory:
    """The feed of everybody. `load_halts` says since when operators halt a person, by scope; it is asked if need be."""

    clock: Clock
    load_halts: Callable[[str], Mapping[str, datetime]] = lambda owner: {}

    def page(
        self, owner: str, *, type_: HistoryType | None, status: str | None, after: str | None, limit: int
    ) -> HistoryPage:
        """Return a person's items as they are now, newest first."""
        budget = scanned(limit, type_, status)
        bounds = PersonRow.sk.between(after or _PREFIX, f"{_PREFIX}~")
        rows = PersonRow.query(partition(owner), bounds, consistent_read=True, limit=budget + 2)
        now, halts = self.clock.now(), cache(lambda: self.load_halts(owner))
        found = ((str(row.sk), load(HistoryItem, str(row.document))) for row in rows if row.sk != after)
        items = ((place, item.now(now, halts)) for place, item in found)
        page = page_of(
            items,
            limit=limit,
            budget=budget,
            is_wanted=lambda item: type_ in {None, item.type} and status in {None, item.status},
        )
        return HistoryPage(page.items, page.next_after)


def _sk(item: HistoryItem) -> str:
    inverted = int((_END_OF_TIME - item.at).total_seconds() * 1_000_000)
    return f"{_PREFIX}{inverted:018d}-{item.type}-{item.item_id}"
