"""Work that waits for a partner to come back.

A message whose partner is away is written down with the moment at which it is due again, and taken
off its queue: it has failed at nothing. `resend_deferred` sends what is due, and then forgets it, so
a message may come twice, as any may. There is no last try: a partner may be away for days.

It waits a minute, then twice as long each time, and an hour at most: so about as long again as the
partner was away. The moment is one of business time. Orders for the market do not wait here: their
workers write down themselves when they are due, and until when they are good.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from trading.platform.messages import Message
from trading.platform.shards import SHARDS, shard_of
from trading.platform.tables import TableMeta, table_name

FIRST_WAIT, MAX_WAIT = timedelta(minutes=1), timedelta(hours=1)
ROWS_AT_ONCE = 100

MESSAGES_OVERDUE = "MessagesOverdue"
"""Counts what has waited for more than an hour, each time that it is sent again."""


class DueIndex(GlobalSecondaryIndex["DeferredRow"]):  # type: ignore[no-untyped-call]
    """What waits, by the moment at which it is due."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_key = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class DeferredRow(Model):
    """One message that waits, with what travels with it."""

    class Meta(TableMeta):
        table_name = table_name("deferred-messages")

    pk = UnicodeAttribute(hash_key=True)
    queue = UnicodeAttribute()
    body = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    first_sent_at = NumberAttribute()
    deferrals = NumberAttribute()
    due_key = UnicodeAttribute()
    due_at = NumberAttribute()
    by_due = DueIndex()


def wait_before(deferral: int) -> timedelta:
    """Return how long a message waits that is deferred for this time, counted from 1."""
    doubled = 1 << min(deferral - 1, MAX_WAIT // FIRST_WAIT)
    return min(FIRST_WAIT * doubled, MAX_WAIT)


def defer(message: Message, now: datetime, *, asked_seconds: int = 0) -> None:
    """Write a message down until it is due again, as late as its partner asks; a delivery twice is one row."""
    waiting = message.deferred()
    asked = min(timedelta(seconds=asked_seconds), MAX_WAIT)
    due_at = now + max(wait_before(waiting.deferrals), asked)
    DeferredRow(
        message.message_id,
        queue=str(message.queue),
        body=message.body,
        correlation_id=message.correlation_id,
        first_sent_at=message.first_sent_at,
        deferrals=waiting.deferrals,
        due_key=f"due#{shard_of(message.message_id)}",
        due_at=int(due_at.timestamp()),
    ).save()


def due(now: datetime) -> Iterator[list[Message]]:
    """Yield what is due, oldest first within a shard, a hundred at once."""
    for number in range(SHARDS):
        found = DeferredRow.by_due.query(f"due#{number}", DeferredRow.due_at <= int(now.timestamp()))
        keys = (str(key.pk) for key in found)
        while some := list(islice(keys, ROWS_AT_ONCE)):
            # The index may be behind: what was forgotten meanwhile is not among the rows.
            yield [_message(row) for row in DeferredRow.batch_get(some, consistent_read=True)]


def forget(messages: Iterable[Message]) -> None:
    """Forget messages that were sent."""
    with DeferredRow.batch_write() as rows:
        for message in messages:
            rows.delete(DeferredRow(message.message_id))


def waiting() -> tuple[Mapping[str, int], datetime | None]:
    """Return how many messages of each queue wait, and when the last of them is due. Reads the whole table."""
    rows = list(DeferredRow.scan(consistent_read=True))
    last = max((datetime.fromtimestamp(int(row.due_at), UTC) for row in rows), default=None)
    return Counter(str(row.queue) for row in rows), last


def _message(row: DeferredRow) -> Message:
    return Message(
        message_id=str(row.pk),
        queue=str(row.queue),
        body=str(row.body),
        correlation_id=str(row.correlation_id),
        first_sent_at=int(row.first_sent_at),
        deferrals=int(row.deferrals),
    )
