"""The outbox: events written in the transaction of the change that they report.

`delivery` carries them to the queue `domain-events` and to the queues of those who follow them: at least
once, in no order, so whoever consumes them drops what it saw before. A row's id is derived from what the
event is about, so a step that is done again writes the same row.

What stops money or entries goes ahead: it has a lane of its own in the index of pending events, and
queues of its own where others would be before it. An event that some queue did not take is parted
into a row for each such queue, which has a lane per queue, so that it holds nobody back.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from trading.platform.clock import SystemClock, rfc3339
from trading.platform.domain_events import QUEUES, DomainEvent, Lane
from trading.platform.expiry import EVENTS_KEPT_FOR, expiry
from trading.platform.ids import derived_id
from trading.platform.shards import SHARDS
from trading.platform.tables import TableMeta, Transaction, table_name

MAX_SHOWN = 200
"""How many events one scan of the index returns."""


@dataclass(frozen=True)
class OutboxEvent:
    """An event for the outbox. The subject says what it is about: the same of one name is the same event."""

    record: DomainEvent
    subject: str

    @property
    def event_id(self) -> str:
        """Return the id that the same event always has."""
        return derived_id("event", self.record.name, self.subject)

    def to_json(self) -> str:
        """Return the event as the envelope that its consumers read."""
        payload = self.record.model_dump(mode="json", exclude_none=True)
        return json.dumps({"id": self.event_id, "type": self.record.name, "payload": payload})


class PendingIndex(GlobalSecondaryIndex["OutboxRow"]):  # type: ignore[no-untyped-call]
    """The events that were not sent yet, by lane and shard, or by lane and the one queue that is left; sparse."""

    class Meta:
        index_name = "by_pending"
        projection = KeysOnlyProjection()

    pending_key = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class OutboxRow(Model):
    """One event for all its `queues`, or for the one that did not take it; it has a `pending_key` until it was sent."""

    class Meta(TableMeta):
        table_name = table_name("outbox")

    pk = UnicodeAttribute(hash_key=True)
    body = UnicodeAttribute()
    created_at = UnicodeAttribute()
    lane = UnicodeAttribute(default=Lane.ORDINARY)
    queues = UnicodeAttribute()
    queue = UnicodeAttribute(null=True)
    pending_key = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    by_pending = PendingIndex()

    @property
    def destinations(self) -> tuple[str, ...]:
        """Return the queues that the row is for."""
        return (self.queue,) if self.queue else tuple(self.queues.split(","))

    def waited_ms(self, now: datetime) -> int:
        """Return how long ago, on the wall, the event was committed."""
        return max(0, (now - datetime.fromisoformat(self.created_at)) // timedelta(milliseconds=1))

    def sent(self) -> "OutboxRow":
        """Return the row as it is when it was sent: forgotten after a while."""
        return OutboxRow(
            self.pk,
            body=self.body,
            created_at=self.created_at,
            lane=self.lane,
            queues=self.queues,
            queue=self.queue,
            expires_at=expiry(EVENTS_KEPT_FOR),
        )

    def left_for(self, queue: str) -> "OutboxRow":
        """Return the row of the same event that waits for one queue."""
        return OutboxRow(
            self.pk if self.queue else f"{self.pk}#{queue}",
            body=self.body,
            created_at=self.created_at,
            lane=self.lane,
            queues=self.queues,
            queue=queue,
            pending_key=f"{self.lane}#{queue}",
        )


def put_event(transaction: Transaction, event: OutboxEvent) -> None:
    """Add an event to the transaction of the change that it reports."""
    transaction.put(row_of(event, rfc3339(SystemClock().now())))


def row_of(event: OutboxEvent, created_at: str) -> OutboxRow:
    """Return the row of an event that waits for all its queues."""
    number, lane = int(event.event_id[:2], 16) % SHARDS, event.record.lane()
    return OutboxRow(
        event.event_id,
        body=event.to_json(),
        created_at=created_at,
        lane=lane,
        queues=",".join(event.record.queues()),
        pending_key=f"{lane}#{number}",
    )


def pending_keys(lane: Lane) -> tuple[str, ...]:
    """Return the keys of the index that events of a lane wait under."""
    return tuple(f"{lane}#{part}" for part in (*range(SHARDS), *sorted(QUEUES[lane])))


def waiting_keys(limit: int = MAX_SHOWN) -> tuple[str, ...]:
    """Return the keys that events wait under, by one scan of the sparse index; all keys where more waits."""
    found = OutboxRow.by_pending.scan(limit=limit)
    seen = {str(row.pending_key) for row in found}
    if found.last_evaluated_key is not None:
        seen |= {key for lane in Lane for key in pending_keys(lane)}
    return tuple(sorted(seen))


def pending(key: str, limit: int) -> tuple[OutboxRow, ...]:
    """Return events that wait under a key, at most `limit`, the oldest first."""
    keys = [row.pk for row in OutboxRow.by_pending.query(key, limit=limit)]
    rows = (row for row in OutboxRow.batch_get(keys, consistent_read=True) if row.pending_key == key)
    return tuple(sorted(rows, key=lambda row: row.created_at))  # the index may be behind


def save_all(rows: Iterable[OutboxRow]) -> None:
    """Write rows, 25 in a request; a second time changes nothing."""
    with OutboxRow.batch_write() as batch:
        for row in rows:
            batch.save(row)
