"""When queues count as quiet, and which ones a run can fill."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from infra.catalogue import FUNCTIONS
from sandbox.emulator import Work
from sandbox.queues import NAMES, PREFIX, QueueCounts, Queues, fed_by

FIRST, SECOND = NAMES[:2]
DUE = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
QUIET = {f"{PREFIX}{name}{suffix}": (0, 0) for name in NAMES for suffix in ("", "-dlq")}


@pytest.mark.parametrize(
    ("count", "quiet", "quiet_with_retries"),
    [
        (QueueCounts({"a": 0}, {"a": 0}, 0), True, True),
        (QueueCounts({"a": 1}, {"a": 0}, 0), False, False),
        (QueueCounts({"a": 0}, {"a": 1}, 0), True, False),
        (QueueCounts({"a": 0}, {"a": 1}, 1), False, False),
    ],
    ids=["empty", "visible", "waits for a retry", "at work"],
)
def test_a_message_that_waits_for_its_retry_is_waited_for_on_demand_alone(
    count: QueueCounts, *, quiet: bool, quiet_with_retries: bool
) -> None:
    assert count.is_quiet(wait_retries=False) is quiet
    assert count.is_quiet(wait_retries=True) is quiet_with_retries


def counted(*seen: Work) -> Callable[[], Work]:
    """Return a reader of one thing after the other, and the last one again and again."""
    coming = iter(seen)
    return lambda: next(coming, seen[-1])


def holding(*, batches: int = 0, **queues: tuple[int, int]) -> Work:
    return Work(batches, {**QUIET, **{f"{PREFIX}{name}": counts for name, counts in queues.items()}})


def test_queues_are_waited_for_until_nothing_is_visible_or_at_work() -> None:
    last = holding(**{SECOND: (7, 0)})
    work = counted(holding(**{FIRST: (1, 0)}), holding(batches=1, **{FIRST: (0, 1)}), last)

    count = Queues(work).settle([FIRST])

    assert count == QueueCounts({FIRST: 0}, {FIRST: 0}, 0)


def test_patience_with_queues_has_an_end() -> None:
    stuck = counted(holding(**{FIRST: (1, 0)}))

    drained = Queues(stuck, patience_seconds=0.05).drain()

    assert drained == {"drained": False, "retrying": {}, "dead_letters": {}}


@dataclass
class Deferrals:
    """Messages of one queue that wait for a partner, who takes them when they were sent so often."""

    resends: int
    sent: list[datetime] = field(default_factory=list)

    def waiting(self) -> tuple[dict[str, int], datetime | None]:
        return ({}, None) if len(self.sent) >= self.resends else ({FIRST: 2}, DUE)

    def queues(self, patience_seconds: float = 5) -> Queues:
        return Queues(
            counted(holding(**{FIRST: (0, 0)})), patience_seconds, deferred=self.waiting, resend=self.sent.append
        )


def test_what_waits_for_a_partner_is_counted_and_left_alone() -> None:
    deferrals = Deferrals(resends=1)

    assert deferrals.queues().drain() == {"drained": True, "retrying": {FIRST: 2}, "dead_letters": {}}
    assert deferrals.sent == []


def test_what_waits_for_a_partner_is_sent_again_on_demand_until_it_is_taken() -> None:
    deferrals = Deferrals(resends=3)

    drained = deferrals.queues().drain(wait_retries=True)

    assert drained == {"drained": True, "retrying": {}, "dead_letters": {}}
    assert deferrals.sent == [DUE] * 3


def test_patience_with_a_partner_has_an_end() -> None:
    drained = Deferrals(resends=10**9).queues(patience_seconds=0.05).drain(wait_retries=True)

    assert drained == {"drained": False, "retrying": {FIRST: 2}, "dead_letters": {}}


def test_what_waits_for_its_retry_and_what_is_dead_is_counted() -> None:
    work = counted(holding(**{FIRST: (0, 2), f"{SECOND}-dlq": (3, 1)}))

    drained = Queues(work).drain()

    assert drained == {"drained": True, "retrying": {FIRST: 2}, "dead_letters": {SECOND: 4}}


@pytest.mark.parametrize("wait_retries", [False, True])
def test_a_paused_queue_is_neither_waited_for_nor_in_the_way(*, wait_retries: bool) -> None:
    queues = Queues(counted(holding(**{FIRST: (1, 2)})), patience_seconds=0.05, paused={FIRST})

    drained = queues.drain(wait_retries=wait_retries)

    assert drained == {"drained": True, "retrying": {}, "dead_letters": {}}


def test_a_job_feeds_the_queues_that_it_sends_to() -> None:
    rows = {row.name: row for row in FUNCTIONS}

    assert fed_by(rows["plan_sessions"]) == {"session-plans"}
    assert fed_by(rows["build_signals"]) == frozenset()
