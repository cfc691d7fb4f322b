"""The outbox: what a pause asks for until it is in its queues, alone and behind summaries, and what idling asks for."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import boto3
import pytest

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.events import sample
from tests.support.tables import renew_tables
from trading.platform.delivery import Carrier
from trading.platform.domain_events import QUEUES, Lane
from trading.platform.outbox import OutboxEvent, OutboxRow, pending_keys, put_event, row_of, save_all
from trading.platform.settings import settings
from trading.platform.tables import Transaction

BACKLOGS = (0, 3000)
IDLE = 2


def figures() -> Iterator[Figure]:
    """Measure everything."""
    with pytest.MonkeyPatch.context() as environment:
        for name in sorted(QUEUES[Lane.URGENT] | QUEUES[Lane.ORDINARY]):
            url = boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]
            environment.setenv(f"QUEUE_{name.upper().replace('-', '_')}", url)
        settings.cache_clear()
        yield from _idle()
        alone = _pause(BACKLOGS[0])
        yield from _shown(BACKLOGS[0], alone, alone[0])
        # Whether more waits than one look shows makes for one query a lane's key; how much more, for nothing.
        yield from _shown(BACKLOGS[1], _pause(BACKLOGS[1]), alone[0] + len(pending_keys(Lane.URGENT)))
    settings.cache_clear()


def _idle() -> Iterator[Figure]:
    renew_tables()
    carrier = Carrier()
    with counted() as seen:
        carrier.sweep()
        carrier.oldest_ms()
    yield Figure("outbox sweep while nothing waits", seen.total(), "requests", IDLE)


def _shown(backlog: int, measured: tuple[int, float], target: int) -> Iterator[Figure]:
    requests, seconds = measured
    yield Figure(f"pause behind {backlog} summaries: requests until it is in its queues", requests, "requests", target)
    yield Figure(f"pause behind {backlog} summaries: time, tables in process", round(1000 * seconds, 1), "ms")


def _pause(backlog: int) -> tuple[int, float]:
    """Return the requests and seconds that a sweep takes until a pause is in its queues."""
    renew_tables()
    save_all(_summaries(backlog))
    transaction = Transaction()
    put_event(transaction, OutboxEvent(sample("trading_paused", owner="ada"), "ada"))
    transaction.commit()
    carrier = UntilUrgentIsSent()
    began = time.perf_counter()
    with counted() as seen, pytest.raises(UrgentSentError):
        carrier.sweep()
    return seen.total(), time.perf_counter() - began


def _summaries(number: int) -> Iterable[OutboxRow]:
    for place in range(number):
        event = OutboxEvent(sample("session_summary", owner=f"{place}"), f"{place}")
        yield row_of(event, "2013-02-19T21:00:00Z")


class UrgentSentError(Exception):
    """Raised when the first events were delivered."""


class UntilUrgentIsSent(Carrier):
    """A carrier that stops behind its first delivery, which must be urgent."""

    def deliver(self, rows: Sequence[Any]) -> int:
        """Deliver urgent events, and stop."""
        assert {row.lane for row in rows} == {Lane.URGENT}
        super().deliver(rows)
        raise UrgentSentError
