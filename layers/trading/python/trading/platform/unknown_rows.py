"""The index of what is left to a person, over everybody: pages of it, and the ids that its rows are named by."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from trading.platform.audit import Audit, put_audit
from trading.platform.due import is_stuck, unchanged
from trading.platform.errors import NotFound, StaleRecord
from trading.platform.people import PersonRow, owner_of, partition, set_due, set_unknown
from trading.platform.shards import SHARDS
from trading.platform.tables import Transaction

_BETWEEN = "\x1f"


@dataclass(frozen=True)
class UnknownRow:
    """A row that is left to a person, with its document as it is now.

    One is `stuck_since` a moment where it was left because nobody could go on with it, whatever its document says.
    """

    owner: str
    sk: str
    document: str
    stuck_since: datetime | None = None

    @property
    def unknown_id(self) -> str:
        """Return the id that operators name it by."""
        raw = f"{self.sk}{_BETWEEN}{self.owner}".encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True)
class UnknownRowPage:
    """Rows, newest first, and where the next page starts, if there is one."""

    rows: tuple[UnknownRow, ...]
    next_after: str | None


def place_of(unknown_id: str) -> tuple[str, str]:
    """Return owner and sort key of the row that an id names. Raises NotFound if no row can have it."""
    try:
        text = base64.urlsafe_b64decode(unknown_id + "=" * (-len(unknown_id) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    sk, _, owner = text.partition(_BETWEEN)  # another text of the same bytes is no id of ours
    if not sk or not owner or UnknownRow(owner, sk, "").unknown_id != unknown_id:
        raise NotFound("There is no such unknown outcome.")
    return owner, sk


def find_row(owner: str, sk: str) -> UnknownRow | None:
    """Return a row as it is now, strongly consistent."""
    try:
        row = PersonRow.get(partition(owner), sk, consistent_read=True)
    except PersonRow.DoesNotExist:
        return None
    return _read(row)


def look_again(stuck: UnknownRow, audit: Audit, now: datetime) -> None:
    """Have the resolver go on with a stuck row once more. Raises StaleRecord if it changed meanwhile."""
    transaction, row = Transaction(), _get_stuck(stuck)
    is_as_read = unchanged(row)
    row.tries = None
    set_due(row, "resolve", now)
    set_unknown(row, None)
    transaction.put(row, is_as_read)
    put_audit(transaction, audit, owner=stuck.owner, action="resolve_unknown", at=now)
    transaction.commit()


def hand_over(stuck: UnknownRow, document: str) -> None:
    """Have a stuck row's document say that it waits for a person. Raises StaleRecord if it changed meanwhile."""
    transaction, row = Transaction(), _get_stuck(stuck)
    is_as_read = unchanged(row)
    row.document, row.tries = document, None
    transaction.put(row, is_as_read)
    transaction.commit()


def _get_stuck(stuck: UnknownRow) -> PersonRow:
    row = PersonRow.get(partition(stuck.owner), stuck.sk, consistent_read=True)
    if not is_stuck(row) or str(row.document) != stuck.document:
        raise StaleRecord("The record changed meanwhile; please try again.")
    return row


def _read(row: PersonRow) -> UnknownRow:
    left_at = str(row.unknown_at).partition("#")[0]
    stuck_since = datetime.fromisoformat(left_at) if is_stuck(row) else None
    return UnknownRow(owner_of(str(row.pk)), str(row.sk), str(row.document), stuck_since)


def page_of_rows(*, after: str | None, limit: int) -> UnknownRowPage:
    """Return rows that are left to a person, newest first. The index may be behind: who reads a row judges it."""
    found = sorted((key for shard in range(SHARDS) for key in _keys(shard, after, limit + 1)), reverse=True)
    page = found[:limit]
    rows = PersonRow.batch_get([(pk, sk) for _, pk, sk in page], consistent_read=True)
    read = {(str(row.pk), str(row.sk)): _read(row) for row in rows}
    items = tuple(read[pk, sk] for _, pk, sk in page if (pk, sk) in read)
    return UnknownRowPage(items, page[-1][0] if len(found) > limit else None)


def _keys(shard: int, after: str | None, limit: int) -> list[tuple[str, str, str]]:
    before = PersonRow.unknown_at < after if after else None
    rows = PersonRow.by_unknown.query(f"unknown#{shard}", before, scan_index_forward=False, limit=limit)
    return [(str(row.unknown_at), str(row.pk), str(row.sk)) for row in rows]
