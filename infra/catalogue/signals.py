"""Signals: what is recommended each day, how strategies are judged, and the training of models."""

from infra.catalogue.kinds import BATCH_WRITE, GET, PUT, QUERY, READ, RUNS, UPDATE, Function, Poll, Schedule
from infra.catalogue.rows import read_route

ONE_VCPU_MB = 1_792
"""From 1,769 MB on a function has a whole processor; a training needs no less than this much memory either."""

WHILE_ANYBODY_AUTOMATES = Poll(table="portfolios", index="by_automated")
"""What is for portfolios that trade by themselves has nothing to do while there is none."""

FUNCTIONS = (
    Function(
        area="signals",
        name="build_signals",
        layers=("base", "signals"),
        trigger=Schedule(cron="30 8 ? * MON-FRI *"),
        tables={"markets": QUERY | GET | UPDATE, "signals": READ | PUT | BATCH_WRITE, "inbox": RUNS},
        models=frozenset({"GetObject"}),
        partners=("market-data",),
        tries_again=True,
        timeout_seconds=300,
        memory_mb=1024,
    ),
    Function(
        area="signals",
        name="judge_strategies",
        trigger=Schedule(cron="30 18 ? * MON-FRI *"),
        tables={
            "markets": QUERY | GET | UPDATE,
            "signals": READ | PUT,
            "inbox": RUNS,
            "outbox": PUT,
        },
        partners=("market-data",),
        tries_again=True,
        timeout_seconds=300,
    ),
    read_route("signals", "get_signals", "/api/signals/{exchange}", signals=GET),
    Function(
        area="signals",
        name="train_model",
        trigger=Schedule(cron="0 6 ? * SAT *", poll=WHILE_ANYBODY_AUTOMATES),
        tables={"markets": QUERY | GET | UPDATE, "signals": READ | PUT, "inbox": RUNS, "outbox": PUT},
        models=frozenset({"GetObject", "PutObject"}),
        partners=("market-data",),
        layers=("base", "signals"),
        tries_again=True,
        memory_mb=ONE_VCPU_MB,
        timeout_seconds=340,
    ),
)
