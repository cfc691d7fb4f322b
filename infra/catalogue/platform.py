"""Signals, the outbox and the documentation."""

from infra.catalogue.kinds import (
    BATCH_WRITE,
    GET,
    PUT,
    QUERY,
    READ,
    RUNS,
    UPDATE,
    Consumer,
    Function,
    Poll,
    Route,
    Schedule,
)

FUNCTIONS = (
    # signals
    Function(
        area="signals",
        name="build_signals",
        trigger=Schedule(cron="30 8 ? * MON-FRI *"),
        tables={"markets": QUERY, "signals": READ | PUT | BATCH_WRITE, "inbox": RUNS},
        partners=("market-data",),
        timeout_seconds=300,
    ),
    # platform
    Function(
        area="platform",
        name="send_outbox",
        trigger=Schedule(cron="* * * * ? *", poll=Poll(table="outbox", index="by_pending")),
        tables={"outbox": QUERY | GET | UPDATE, "inbox": RUNS},
        sends_to=("domain-events", "holding-events", "entry-cancellations", "notification-events"),
        timeout_seconds=60,
    ),
    Function(
        area="platform",
        name="count_events",
        trigger=Consumer(queue="domain-events"),
        tables={"inbox": PUT},
        timeout_seconds=30,
    ),
    # documentation
    Function(area="documentation", name="get_openapi", trigger=Route(method="GET", path="/openapi.json", public=True)),
    Function(area="documentation", name="get_docs", trigger=Route(method="GET", path="/docs", public=True)),
)
