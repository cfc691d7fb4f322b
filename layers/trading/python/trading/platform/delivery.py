"""Delivery of the outbox: each event to each of its queues, each queue on its own.

A queue that takes nothing costs one try, keeps what it did not take in rows of its own, and neither
holds back nor repeats what the others got. What was sent is marked after it was sent: whoever dies
between the two sends again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from trading.platform.clock import Clock, SystemClock
from trading.platform.domain_events import Lane
from trading.platform.messages import SEND_AT_ONCE
from trading.platform.observability import count, measure_ms
from trading.platform.outbox import OutboxRow, pending, pending_keys, save_all, waiting_keys
from trading.platform.queue import send_some

PAGE = 100
SWEEP_FOR = timedelta(seconds=30)
"""Half the time that the sweeper has."""


@dataclass
class Carrier:
    """Carries events for one invocation; a queue that failed is not tried again in it."""

    wall: Clock = field(default_factory=SystemClock)
    page: int = PAGE
    _failing: set[str] = field(default_factory=set)

    def deliver(self, rows: Sequence[OutboxRow]) -> int:
        """Send events to their queues and mark them; return how many left the place where they waited."""
        refused = {queue: self._refused_by(queue, rows) for queue in dict.fromkeys(_destinations(rows))}
        moved = [row for row in rows if row.queue is None or row.pk not in refused[row.queue]]
        left = [
            row.left_for(queue)
            for row in moved
            if row.queue is None
            for queue in row.destinations
            if row.pk in refused[queue]
        ]
        # What is left is written before the event is marked, so that no queue is forgotten in between.
        save_all(left)
        save_all(row.sent() for row in moved)
        self._measure(moved)
        return len(moved)

    def sweep(self) -> int:
        """Deliver what waits, the urgent before each page of the rest, until nothing moves or time is up."""
        until, total = self.wall.now() + SWEEP_FOR, 0
        while moved := self._sweep_once(until):
            total += moved
            if self.wall.now() >= until:
                break
        return total

    def oldest_ms(self) -> int:
        """Return how long the oldest event has waited."""
        now = self.wall.now()
        rows = (row for key in waiting_keys() for row in pending(key, 1))
        return max((row.waited_ms(now) for row in rows), default=0)

    def _sweep_once(self, until: datetime) -> int:
        keys = waiting_keys()
        urgent = [key for key in keys if _is_urgent(key)]
        moved = self._drain(urgent)
        for key in keys:
            if self.wall.now() >= until:
                break
            sent = 0 if key in urgent else self._deliver_page(key)
            moved += sent + (self._drain(pending_keys(Lane.URGENT)) if sent else 0)
        return moved

    def _drain(self, keys: Iterable[str]) -> int:
        moved = 0
        for key in keys:
            while sent := self._deliver_page(key):
                moved += sent
        return moved

    def _deliver_page(self, key: str) -> int:
        if key.partition("#")[2] in self._failing:
            return 0
        rows = pending(key, self.page)
        return self.deliver(rows) if rows else 0

    def _refused_by(self, queue: str, rows: Sequence[OutboxRow]) -> frozenset[str]:
        """Send a queue what is for it; return the keys of the rows that it did not take."""
        waiting, refused = [row for row in rows if queue in row.destinations], set[str]()
        for start in range(0, len(waiting), SEND_AT_ONCE):
            batch = waiting[start : start + SEND_AT_ONCE]
            refused |= {batch[place].pk for place in self._send_batch(queue, batch)}
        return frozenset(refused)

    def _send_batch(self, queue: str, batch: Sequence[OutboxRow]) -> Iterable[int]:
        if queue in self._failing:
            return range(len(batch))
        try:
            return send_some(queue, [row.body for row in batch])
        except (BotoCoreError, ClientError, LookupError):
            self._failing.add(queue)
            count("OutboxQueueFailures", dimensions={"queue": queue})
            return range(len(batch))

    def _measure(self, rows: Sequence[OutboxRow]) -> None:
        now = self.wall.now()
        for lane in Lane:
            waited = [row.waited_ms(now) for row in rows if row.lane == lane]
            if waited:
                measure_ms("OutboxLag", waited, {"lane": lane})


def _is_urgent(key: str) -> bool:
    return key.partition("#")[0] == Lane.URGENT


def _destinations(rows: Sequence[OutboxRow]) -> Iterable[str]:
    return (queue for row in rows for queue in row.destinations)
