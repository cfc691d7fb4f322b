"""The one table of what exists.

Every function is one row: what triggers it, which layers it loads, which actions it may take on
which tables and queues, its memory and its timeout. The CDK stacks, the OpenAPI document, the
sandbox's timekeeper, the authorization matrix and the benchmarks all read it, and nothing else
lists functions. Adding an operation is one folder, one row here, one test file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIME_ZONE = "America/New_York"

GET = frozenset({"GetItem"})
QUERY = frozenset({"Query"})
BATCH_GET = frozenset({"BatchGetItem"})
BATCH_WRITE = frozenset({"BatchWriteItem"})
READ = GET | QUERY
PUT = frozenset({"PutItem"})
UPDATE = frozenset({"UpdateItem"})
DELETE = frozenset({"DeleteItem"})

PAGED = frozenset({"portfolios", "transactions", "positions", "snapshots", "sessions", "recommendations"})
"""The last words of the routes that answer pages with cursors."""

type_ = str  # a DynamoDB attribute type: S, N or B


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index. Every index here is keys-only and most are sparse."""

    name: str
    hash_key: str
    range_key: str
    range_type: type_ = "S"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A DynamoDB table: on demand, retained, with point-in-time recovery."""

    name: str
    hash_key: str = "pk"
    range_key: str | None = "sk"
    range_type: type_ = "S"
    indexes: tuple[Index, ...] = ()
    ttl: str | None = None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A standard queue with its dead-letter queue."""

    name: str
    batch_size: int = 10


@dataclass(frozen=True, kw_only=True)
class Route:
    """A function behind an HTTP route. `public` routes need no token."""

    method: str
    path: str
    public: bool = False
    role: str | None = None

    @property
    def is_list(self) -> bool:
        """Say whether the route answers pages of items."""
        return self.method == "GET" and self.path.rpartition("/")[2] in PAGED


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What tells cheaply whether a polling job has anything to do.

    With `due_prefix`, work is an entry of the index whose hash key begins with the prefix and whose
    range key, a moment, has come; without it, any entry of the (sparse) index.
    """

    table: str
    index: str
    due_prefix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """An EventBridge Scheduler cron rule in New York time, a superset of when the job is due."""

    cron: str
    poll: Poll | None = None


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A function that works a queue off."""

    queue: str


Trigger = Route | Schedule | Consumer


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function, its folder `functions/<area>/<name>`, and everything it may touch."""

    area: str
    name: str
    trigger: Trigger
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sends_to: tuple[str, ...] = ()
    market_data: bool = False
    memory_mb: int = 512
    timeout_seconds: int = 10
    layers: tuple[str, ...] = ("base",)

    @property
    def folder(self) -> Path:
        """Return the folder that holds the handler."""
        return ROOT / "functions" / self.area / self.name


SHARDS = 4
"""How many hash keys each index over everybody is spread over."""

TABLES = (
    Table(
        name="portfolios",
        indexes=(
            Index(name="by_active", hash_key="active_shard", range_key="pk"),
            Index(name="by_automated", hash_key="automated_shard", range_key="pk"),
            Index(name="by_due", hash_key="due_key", range_key="due_at", range_type="N"),
            Index(name="by_stop", hash_key="stop_key", range_key="stop_price", range_type="N"),
            Index(name="by_target", hash_key="target_key", range_key="target_price", range_type="N"),
        ),
    ),
    Table(name="ledger", hash_key="book", range_key="seq", range_type="N"),
    Table(name="markets"),
    Table(name="signals"),
    Table(name="inbox", range_key=None, ttl="expires_at"),
    Table(
        name="outbox",
        range_key=None,
        indexes=(Index(name="by_pending", hash_key="pending_shard", range_key="created_at"),),
    ),
)

QUEUES = (
    Queue(name="session-plans"),
    Queue(name="session-entries"),
    Queue(name="position-exits"),
    Queue(name="session-closes"),
    Queue(name="portfolio-snapshots"),
    Queue(name="domain-events"),
)

_PORTFOLIO = "/api/portfolios/{portfolio_id}"
_WORKER_TABLES = {
    "portfolios": QUERY | GET | PUT | UPDATE | DELETE,
    "ledger": QUERY | PUT,
    "inbox": GET | PUT,
    "outbox": PUT,
}
_RUNS = GET | PUT | DELETE
_JOB_TABLES = {"portfolios": QUERY, "markets": QUERY, "inbox": _RUNS}


def _route(name: str, method: str, path: str, tables: Mapping[str, frozenset[str]]) -> Function:
    return Function(area="automation", name=name, trigger=Route(method=method, path=path), tables=tables)


def _job(name: str, cron: str, queue: str, *, poll: Poll | None = None, reads: str = "") -> Function:
    tables = _JOB_TABLES | ({reads: READ} if reads else {})
    return Function(
        area="automation",
        name=name,
        trigger=Schedule(cron=cron, poll=poll),
        tables=tables,
        sends_to=(queue,),
        market_data=name == "monitor_positions",
        timeout_seconds=300,
    )


def _worker(name: str, queue: str, *, market_data: bool = True, reads: str = "") -> Function:
    return Function(
        area="automation",
        name=name,
        trigger=Consumer(queue=queue),
        tables=_WORKER_TABLES | {"markets": QUERY} | ({reads: READ} if reads else {}),
        market_data=market_data,
        timeout_seconds=60,
    )


FUNCTIONS = (
    # portfolios, over HTTP
    _route("create_portfolio", "POST", "/api/portfolios", {"portfolios": PUT, "ledger": PUT}),
    _route("list_portfolios", "GET", "/api/portfolios", {"portfolios": QUERY | BATCH_GET}),
    _route("list_presets", "GET", "/api/portfolios/presets", {}),
    _route("get_portfolio", "GET", _PORTFOLIO, {"portfolios": GET}),
    _route("replace_portfolio", "PUT", _PORTFOLIO, {"portfolios": READ | PUT | UPDATE | DELETE}),
    _route("update_portfolio", "PATCH", _PORTFOLIO, {"portfolios": READ | PUT | UPDATE | DELETE}),
    _route("delete_portfolio", "DELETE", _PORTFOLIO, {"portfolios": READ | PUT | UPDATE | DELETE}),
    _route("get_portfolio_summary", "GET", "/api/portfolio-summary", {"portfolios": QUERY | BATCH_GET}),
    _route("list_holdings", "GET", f"{_PORTFOLIO}/holdings", {"portfolios": GET}),
    _route("list_transactions", "GET", f"{_PORTFOLIO}/transactions", {"portfolios": GET, "ledger": QUERY}),
    _route(
        "create_transaction",
        "POST",
        f"{_PORTFOLIO}/transactions",
        {"portfolios": READ | PUT | UPDATE, "ledger": READ | PUT, "markets": GET, "inbox": GET | PUT},
    ),
    _route("list_positions", "GET", f"{_PORTFOLIO}/positions", {"portfolios": READ}),
    _route("list_snapshots", "GET", f"{_PORTFOLIO}/snapshots", {"portfolios": READ}),
    _route("list_sessions", "GET", f"{_PORTFOLIO}/sessions", {"portfolios": READ}),
    _route("list_recommendations", "GET", f"{_PORTFOLIO}/recommendations", {"portfolios": READ}),
    # the trading day: each job finds the portfolios concerned, each worker does one portfolio's part
    _job("plan_sessions", "15 9 ? * MON-FRI *", "session-plans", reads="signals"),
    _worker("plan_session", "session-plans", market_data=False, reads="signals"),
    _job(
        "open_sessions",
        "30-45 9 ? * MON-FRI *",
        "session-entries",
        poll=Poll(table="portfolios", index="by_due", due_prefix="enter#"),
    ),
    _worker("open_session", "session-entries"),
    _job(
        "monitor_positions",
        "0/10 9-15 ? * MON-FRI *",
        "position-exits",
        poll=Poll(table="portfolios", index="by_stop"),
    ),
    _worker("exit_positions", "position-exits"),
    _job(
        "close_sessions",
        "* 9-15 ? * MON-FRI *",
        "session-closes",
        poll=Poll(table="portfolios", index="by_due", due_prefix="close#"),
    ),
    _worker("close_session", "session-closes"),
    _job("snapshot_portfolios", "0 13,16 ? * MON-FRI *", "portfolio-snapshots"),
    _worker("snapshot_portfolio", "portfolio-snapshots"),
    # signals
    Function(
        area="signals",
        name="build_signals",
        trigger=Schedule(cron="30 8 ? * MON-FRI *"),
        tables={"markets": QUERY, "signals": READ | PUT | BATCH_WRITE, "inbox": _RUNS},
        market_data=True,
        timeout_seconds=300,
    ),
    # platform
    Function(
        area="platform",
        name="send_outbox",
        trigger=Schedule(cron="* * * * ? *", poll=Poll(table="outbox", index="by_pending")),
        tables={"outbox": QUERY | GET | UPDATE, "inbox": _RUNS},
        sends_to=("domain-events",),
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
