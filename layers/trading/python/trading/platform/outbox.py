"""The outbox: events written in the transaction of the change that they tell of.

`send_outbox` carries them to the queue `domain-events`, and to the queues of those who follow them, and
then marks them sent: at least once, in no order, so whoever consumes them drops what it saw before. A
row's id is derived from what the event is about, so a step that is done again writes the same row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from trading.platform.clock import SystemClock, rfc3339
from trading.platform.ids import derived_id
from trading.platform.tables import TableMeta, Transaction, table_name

SHARDS = 4
EVERYTHING = "domain-events"
NOTICES = "notification-events"
FOLLOWED: Mapping[str, tuple[str, ...]] = {
    "deposit_returned": ("holding-events", NOTICES),
    "trading_paused": ("holding-events", "entry-cancellations", NOTICES),
    "billing_hold_set": ("entry-cancellations", NOTICES),
    **dict.fromkeys(
        (
            "kyc_status_changed",
            "bank_needs_reauth",
            "deposit_succeeded",
            "deposit_failed",
            "withdrawal_succeeded",
            "withdrawal_failed",
            "order_executed",
            "order_failed",
            "order_cancelled",
            "ttf_rebalanced",
            "session_summary",
            "stop_hit",
            "target_hit",
            "trading_resumed",
            "commission_charged",
            "charge_failed",
            "charge_action_required",
            "billing_hold_lifted",
        ),
        (NOTICES,),
    ),
}
"""The queues of those who act on events, by the event's name."""


@dataclass(frozen=True)
class OutboxEvent:
    """Something that happened: its name, what it is about, and details as JSON values."""

    name: str
    subject: str
    payload: Mapping[str, str | int]

    @property
    def event_id(self) -> str:
        """Return the id that the same event always has."""
        return derived_id("event", self.name, self.subject)

    def to_json(self) -> str:
        """Return the event as the envelope that its consumers read."""
        return json.dumps({"id": self.event_id, "type": self.name, "payload": dict(self.payload)})


class PendingIndex(GlobalSecondaryIndex["OutboxRow"]):  # type: ignore[no-untyped-call]
    """The events that were not sent yet; sparse."""

    class Meta:
        index_name = "by_pending"
        projection = KeysOnlyProjection()

    pending_shard = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class OutboxRow(Model):
    """One event; `pending_shard` is there until it was sent."""

    class Meta(TableMeta):
        table_name = table_name("outbox")

    pk = UnicodeAttribute(hash_key=True)
    body = UnicodeAttribute()
    created_at = UnicodeAttribute()
    pending_shard = UnicodeAttribute(null=True)
    by_pending = PendingIndex()


def put_event(transaction: Transaction, event: OutboxEvent) -> None:
    """Add an event to the transaction of the change that it tells of."""
    number = int(event.event_id[:2], 16) % SHARDS
    created_at = rfc3339(SystemClock().now())
    row = OutboxRow(event.event_id, body=event.to_json(), created_at=created_at, pending_shard=f"pending#{number}")
    transaction.put(row)


def by_queue(bodies: Iterable[str]) -> dict[str, list[str]]:
    """Return events, as their envelopes, by the queues that they go to."""
    found: dict[str, list[str]] = {}
    for body in bodies:
        for queue in (EVERYTHING, *FOLLOWED.get(str(json.loads(body)["type"]), ())):
            found.setdefault(queue, []).append(body)
    return found


def pending(limit: int) -> Iterator[OutboxRow]:
    """Yield events that were not sent yet, at most `limit` of each shard, oldest first."""
    for number in range(SHARDS):
        for key in OutboxRow.by_pending.query(f"pending#{number}", limit=limit):
            row = OutboxRow.get(key.pk, consistent_read=True)
            if row.pending_shard is not None:  # the index may be behind
                yield row


def mark_sent(row: OutboxRow) -> None:
    """Take a sent event out of the index of pending ones; a second time changes nothing."""
    row.update(actions=[OutboxRow.pending_shard.remove()])
