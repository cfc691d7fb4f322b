"""The real queues, counted and waited for."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.catalogue import QUEUES, Function, consumers
from sandbox.emulator import Work
from trading.platform.aws import client

PREFIX = "tiller-local-"
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 120.0
SEND_AT_ONCE = 10
Deferred = tuple[Mapping[str, int], datetime | None]
NAMES = tuple(queue.name for queue in QUEUES)
BROKER_EVENTS = "broker-events"
OFF = frozenset({"Disabled", "Disabling"})


@dataclass(frozen=True)
class QueueCounts:
    """How many messages are visible and hidden in each, and how many batches are at work.

    A hidden message that nobody works on waits for its next try.
    """

    visible: Mapping[str, int]
    hidden: Mapping[str, int]
    at_work: int

    def is_quiet(self, *, wait_retries: bool) -> bool:
        """Say whether there is nothing to wait for."""
        waiting = any(self.visible.values()) or (wait_retries and any(self.hidden.values()))
        return not waiting and self.at_work == 0


def queue_url(name: str) -> str:
    """Return a queue's URL."""
    return str(client("sqs").get_queue_url(QueueName=f"{PREFIX}{name}")["QueueUrl"])


def fed_by(row: Function) -> frozenset[str]:
    """Return the queues that a function sends to, itself or through those who work them off."""
    return reached_from(row.sends_to)


def reached_from(queues: Iterable[str]) -> frozenset[str]:
    """Return some queues and all that those who work them off send to."""
    reached, coming = frozenset[str](), frozenset(queues)
    while not coming <= reached:
        reached |= coming
        coming = frozenset(
            queue for row, consumer in consumers() if consumer.queue in reached for queue in row.sends_to
        )
    return reached


def _none_deferred() -> Deferred:
    return {}, None


def _resend_nothing(_: datetime) -> object:
    return None


def _sources() -> Iterator[Mapping[str, Any]]:
    for page in client("lambda").get_paginator("list_event_source_mappings").paginate():
        yield from page["EventSourceMappings"]


def _queue_of(source: Mapping[str, Any]) -> str:
    return str(source.get("EventSourceArn", "")).rpartition(":")[2]


@dataclass
class Queues:
    """The stage's queues by their catalogue names; `work` says what all of them hold at one moment.

    `deferred` says how many messages of each queue wait for a partner, and when the last of them is due;
    `resend` sends what is due by a moment again.
    """

    work: Callable[[], Work]
    patience_seconds: float = PATIENCE_SECONDS
    watch: Callable[[Work], None] = lambda _: None
    paused: set[str] = field(default_factory=set)
    deferred: Callable[[], Deferred] = _none_deferred
    resend: Callable[[datetime], object] = _resend_nothing
    _urls: dict[str, str] = field(default_factory=dict)

    def send(self, name: str, bodies: Iterable[str]) -> int:
        """Put bodies on a queue as they are; return how many."""
        waiting = list(bodies)
        for start in range(0, len(waiting), SEND_AT_ONCE):
            batch = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(waiting[start : start + SEND_AT_ONCE])
            ]
            client("sqs").send_message_batch(QueueUrl=self._url(name), Entries=batch)
        return len(waiting)

    def drain(self, *, wait_retries: bool = False) -> dict[str, Any]:
        """Wait until nothing is visible or at work, with `wait_retries` nor waiting for a retry; return what is left.

        Time may stand still, so what is waited for and was deferred is sent again whenever it would be due.
        """
        deadline = time.monotonic() + self.patience_seconds
        last = self.settle(NAMES, wait_retries=wait_retries)
        deferred, last_due_at = self.deferred()
        while wait_retries and last_due_at is not None and time.monotonic() < deadline:
            self.resend(last_due_at)
            last = self.settle(NAMES, wait_retries=True)
            deferred, last_due_at = self.deferred()
        held = self.observe().queues
        dead = {name: sum(held[f"{PREFIX}{name}-dlq"]) for name in NAMES}
        return {
            "drained": last.is_quiet(wait_retries=wait_retries) and not (wait_retries and deferred),
            "retrying": {name: count for name in NAMES if (count := last.hidden.get(name, 0) + deferred.get(name, 0))},
            "dead_letters": {name: count for name, count in dead.items() if count},
        }

    def settle(self, names: Collection[str], *, wait_retries: bool = False) -> QueueCounts:
        """Wait until some queues are quiet; return the last count of them."""
        deadline = time.monotonic() + self.patience_seconds
        last = self._count(names)
        while not last.is_quiet(wait_retries=wait_retries) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            last = self._count(names)
        return last

    def observe(self) -> Work:
        """Observe what all queues hold; whoever watches sees it too."""
        work = self.work()
        self.watch(work)
        return work

    def find_paused(self) -> None:
        """Learn which queues were left paused."""
        off = {_queue_of(source) for source in _sources() if source.get("State") in OFF}
        self.paused |= {name for name in NAMES if f"{PREFIX}{name}" in off}

    def pause(self, name: str, *, paused: bool) -> None:
        """Have a queue's consumers take nothing, or work again."""
        for source in _sources():
            if _queue_of(source) == f"{PREFIX}{name}":
                client("lambda").update_event_source_mapping(UUID=source["UUID"], Enabled=not paused)
        (self.paused.add if paused else self.paused.discard)(name)

    def _count(self, names: Collection[str]) -> QueueCounts:
        work = self.observe()
        counts = {name: work.queues[f"{PREFIX}{name}"] for name in names if name not in self.paused}
        visible = {name: shown for name, (shown, _) in counts.items()}
        return QueueCounts(visible, {name: hidden for name, (_, hidden) in counts.items()}, work.batches)

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = queue_url(name)
        return self._urls[name]
