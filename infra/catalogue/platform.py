"""Signals, the outbox and the documentation."""

from collections.abc import Iterable

from infra.catalogue.kinds import (
    BATCH_GET,
    BATCH_WRITE,
    GET,
    PUT,
    QUERY,
    RUNS,
    SCAN,
    Consumer,
    Function,
    Poll,
    Route,
    Schedule,
    Stream,
)
from trading.platform.shards import SHARDS

OUTBOX_QUEUES = (
    "domain-events",
    "urgent-domain-events",
    "holding-events",
    "cash-events",
    "invoice-charges",
    "backtest-runs",
    "entry-cancellations",
    "notification-events",
    "urgent-notification-events",
)
"""The queues of those who follow events; who is urgent goes ahead in queues of their own."""


def resend_deferred(queues: Iterable[str]) -> Function:
    """Return the row of the job that sends what waited for a partner, to whichever of these queues it came from."""
    return Function(
        area="platform",
        name="resend_deferred",
        trigger=Schedule(cron="* * * * ? *", poll=Poll(table="deferred-messages", index="by_due", due_prefix="due#")),
        tables={"deferred-messages": QUERY | BATCH_GET | BATCH_WRITE, "inbox": RUNS},
        sends_to=tuple(queues),
        timeout_seconds=60,
    )


def _relay(name: str, lane: str) -> Function:
    """Return the row of who carries a lane's events from the stream: not those that wait for one queue already."""
    keys = tuple(f"{lane}#{shard}" for shard in range(SHARDS))
    return Function(
        area="platform",
        name=name,
        trigger=Stream(table="outbox", key="pending_key", values=keys),
        tables={"outbox": BATCH_WRITE},
        sends_to=OUTBOX_QUEUES,
        timeout_seconds=60,
    )


FUNCTIONS = (
    Function(
        area="platform",
        name="send_outbox",
        trigger=Schedule(cron="* * * * ? *", poll=Poll(table="outbox", index="by_pending")),
        tables={"outbox": SCAN | QUERY | BATCH_GET | BATCH_WRITE, "inbox": RUNS},
        sends_to=OUTBOX_QUEUES,
        timeout_seconds=60,
    ),
    _relay("relay_urgent_events", "urgent"),
    _relay("relay_events", "ordinary"),
    Function(
        area="platform",
        name="resume_runs",
        trigger=Schedule(cron="* * * * ? *", poll=Poll(table="inbox", index="by_due")),
        tables={"inbox": QUERY | RUNS},
        resumes_runs=True,
        timeout_seconds=60,
    ),
    Function(
        area="platform",
        name="count_events",
        trigger=Consumer(queue="domain-events"),
        tables={"inbox": GET | PUT},
    ),
    Function(
        area="platform",
        name="count_urgent_events",
        trigger=Consumer(queue="urgent-domain-events"),
        tables={"inbox": GET | PUT},
        timeout_seconds=30,
    ),
    # documentation
    Function(area="documentation", name="get_openapi", trigger=Route(method="GET", path="/openapi.json", public=True)),
    Function(area="documentation", name="get_docs", trigger=Route(method="GET", path="/docs", public=True)),
)
