"""Models: training them."""

from infra.catalogue.kinds import GET, PUT, QUERY, READ, RUNS, UPDATE, WHILE_ANYBODY_AUTOMATES, Function, Schedule

ONE_VCPU_MB = 1_792
"""From 1,769 MB on a function has a whole processor; a training needs no less than this much memory either."""

FUNCTIONS = (
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
