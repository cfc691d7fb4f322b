"""The one table of what exists.

Every function is one row: what triggers it, which layers it loads, which actions it may take on
which tables, queues and keys, its memory and its timeout. The CDK stacks, the OpenAPI document, the
sandbox's timekeeper, the authorization matrix and the benchmarks all read it, and nothing else
lists functions. Adding an operation is one folder, one row here, one test file.

`kinds` says what rows are made of, `rows` has those that many areas have, `records` lists tables and
queues, and each area's functions have a module of their own.
"""

from collections.abc import Iterator

from infra.catalogue import (
    automation,
    backtest,
    banking,
    billing,
    funding,
    kyc,
    managed,
    notifications,
    operators,
    platform,
    signals,
)
from infra.catalogue.kinds import (
    ROOT,
    TIME_ZONE,
    Consumer,
    Function,
    Index,
    Poll,
    Queue,
    Route,
    Schedule,
    Stream,
    Table,
)
from infra.catalogue.records import QUEUES, TABLES

__all__ = [
    "FUNCTIONS",
    "QUEUES",
    "ROOT",
    "TABLES",
    "TIME_ZONE",
    "Consumer",
    "Function",
    "Index",
    "Poll",
    "Queue",
    "Route",
    "Schedule",
    "Stream",
    "Table",
    "consumers",
    "routes",
    "schedules",
]

_AREAS = (
    *kyc.FUNCTIONS,
    *banking.FUNCTIONS,
    *funding.FUNCTIONS,
    *managed.FUNCTIONS,
    *billing.FUNCTIONS,
    *automation.FUNCTIONS,
    *notifications.FUNCTIONS,
    *operators.FUNCTIONS,
    *signals.FUNCTIONS,
    *backtest.FUNCTIONS,
    *platform.FUNCTIONS,
)
FUNCTIONS = (
    *_AREAS,
    platform.resend_deferred(row.trigger.queue for row in _AREAS if isinstance(row.trigger, Consumer) and row.partners),
)


def routes() -> Iterator[tuple[Function, Route]]:
    """Yield every function that answers HTTP, with its route."""
    for function in FUNCTIONS:
        if isinstance(function.trigger, Route):
            yield function, function.trigger


def schedules() -> Iterator[tuple[Function, Schedule]]:
    """Yield every function that a schedule fires, with the schedule, in catalogue order."""
    for function in FUNCTIONS:
        if isinstance(function.trigger, Schedule):
            yield function, function.trigger


def consumers() -> Iterator[tuple[Function, Consumer]]:
    """Yield every function that works a queue off, with the queue's name."""
    for function in FUNCTIONS:
        if isinstance(function.trigger, Consumer):
            yield function, function.trigger
