"""What the catalogue is made of: tables, queues, triggers, functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trading.partners.limits import LIMITS
from trading.platform.deadline import OWN_WORK_SECONDS

ROOT = Path(__file__).resolve().parent.parent.parent
TIME_ZONE = "America/New_York"

GET = frozenset({"GetItem"})
QUERY = frozenset({"Query"})
SCAN = frozenset({"Scan"})
"""One scan of a sparse index, whatever its keys; a right on all of the table."""

BATCH_GET = frozenset({"BatchGetItem"})
BATCH_WRITE = frozenset({"BatchWriteItem"})
READ = GET | QUERY
PUT = frozenset({"PutItem"})
UPDATE = frozenset({"UpdateItem"})
DELETE = frozenset({"DeleteItem"})

CHECK = frozenset({"ConditionCheckItem"})
RUNS = GET | PUT | UPDATE | DELETE
"""What a scheduled function does in the inbox."""

LIMITED = {"rate-limits": UPDATE}
"""The table of every route that takes an idempotency key: it holds how often each caller may ask."""

ENCRYPT = frozenset({"Encrypt"})
DECRYPT = frozenset({"Decrypt"})
SDK_LAYERS = ("base", "partners")
TALKS_TO_BROKER = {"partner-sessions": GET | PUT}
"""The table of whoever calls the broker: its session is shared by all functions, encrypted."""

USES_TOKENS = {"tokens": ENCRYPT | DECRYPT}

PAGED = frozenset(
    {
        "portfolios",
        "transactions",
        "positions",
        "snapshots",
        "sessions",
        "recommendations",
        "money-flows",
        "collection-versions",
        "invoices",
        "commission-payments",
        "history",
        "notifications",
        "discrepancies",
        "unknowns",
        "backtests",
    }
)
"""The last words of the routes that answer pages with cursors."""

PREPARE_SECONDS = 10
"""What an invocation needs besides its messages: to prepare, and to send on what it does not begin."""

BATCH_SECONDS = 120
"""How long a batch may take. A message whose worker was killed waits for six times as long."""

type_ = str  # a DynamoDB attribute type: S, N or B


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index. Most are sparse, and hold keys only but for the attributes that one carries."""

    name: str
    hash_key: str
    range_key: str
    range_type: type_ = "S"
    carries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A DynamoDB table: on demand, retained, with point-in-time recovery."""

    name: str
    hash_key: str = "pk"
    range_key: str | None = "sk"
    range_type: type_ = "S"
    indexes: tuple[Index, ...] = ()
    ttl: str | None = None
    has_stream: bool = False


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A standard queue with its dead-letter queue, and an alarm when its oldest message is `alarm_age_seconds` old.

    A `foreign` queue is another company's: a stage may name its ARN, and only where it names none,
    as in the sandbox, is a queue of ours made in its place.
    """

    name: str
    foreign: bool = False
    alarm_age_seconds: int = 3600

    @property
    def parked(self) -> str:
        """Return the name of the dead-letter queue, where what nobody can use is put at once."""
        return f"{self.name}-dlq"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A function behind an HTTP route. `public` routes need no token.

    A route that `needs_account` answers 404 to whoever has no trading account yet.
    """

    method: str
    path: str
    public: bool = False
    role: str | None = None
    needs_account: bool = False

    @property
    def is_list(self) -> bool:
        """Say whether the route answers pages of items."""
        return self.method == "GET" and self.path.rpartition("/")[2] in PAGED


@dataclass(frozen=True, kw_only=True)
class Poll:
    """The cheap question whether a polling job has anything to do.

    With `due_prefix`, work is an entry of the index whose hash key begins with the prefix and whose
    range key, a moment, has come; without it, any entry of the (sparse) index. Work that `may_be_early`
    is due from the closing of a session on that is cut short, and at once while everything is to be sold.
    """

    table: str
    index: str
    due_prefix: str | None = None
    may_be_early: bool = False


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """EventBridge Scheduler cron rules in New York time, together a superset of when the job is due.

    Where one rule cannot say it, `also` has more; no moment may be in two of them.
    """

    cron: str
    also: tuple[str, ...] = ()
    poll: Poll | None = None

    @property
    def crons(self) -> tuple[str, ...]:
        """Return all rules."""
        return (self.cron, *self.also)


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A function that works a queue off.

    `calls` says how many calls to each partner one message leads to at worst, `own_seconds` what its own work takes
    besides. Budget, batch and timeout follow: a batch is as large as fits into `BATCH_SECONDS`, and at most
    `batch_limit`. At most `max_concurrency` batches are worked on at a time.
    """

    queue: str
    calls: Mapping[str, int] = field(default_factory=dict)
    batch_limit: int = 10
    own_seconds: int = OWN_WORK_SECONDS
    max_concurrency: int = 20

    @property
    def budget_seconds(self) -> int:
        """Return how long one message takes at worst: its partners' timeouts and tries, and our own records."""
        partners = sum(times * LIMITS[partner].max_seconds for partner, times in self.calls.items())
        return math.ceil(self.own_seconds + partners)

    @property
    def batch_size(self) -> int:
        """Return how many messages one invocation takes."""
        return max(1, min(self.batch_limit, (BATCH_SECONDS - PREPARE_SECONDS) // self.budget_seconds))

    @property
    def timeout_seconds(self) -> int:
        """Return how long one invocation may take."""
        return PREPARE_SECONDS + self.batch_size * self.budget_seconds


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A function that follows what is written to a table, as far as an attribute has one of some values."""

    table: str
    key: str
    values: tuple[str, ...]


Trigger = Route | Schedule | Consumer | Stream


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function, its folder `functions/<area>/<name>`, and everything it may touch.

    `parks_in` names queues in whose dead-letter queues it may put messages. `keys` are KMS actions by
    the key's name (`tax-ids`, `tokens`), `documents` S3 actions on people's uploaded documents, `models` on
    the artefacts of trained models, `results` on what back-tests came to.
    `partners` names the partners whose URL and secret it gets, `settings` what it gets besides its area's.
    With `resumes_runs` it may invoke every job that goes on; a job that `tries_again` is one, though it
    hands out no work. A consumer's `timeout_seconds` follows from its trigger, and it may always send to
    its own queue.
    """

    area: str
    name: str
    trigger: Trigger
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sends_to: tuple[str, ...] = ()
    parks_in: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    resumes_runs: bool = False
    tries_again: bool = False
    memory_mb: int = 512
    timeout_seconds: int = 10
    layers: tuple[str, ...] = ("base",)

    def __post_init__(self) -> None:
        """Give a consumer the timeout of its budget, and the right to defer what its partners hold up."""
        if isinstance(self.trigger, Consumer):
            object.__setattr__(self, "timeout_seconds", self.trigger.timeout_seconds)
            if self.trigger.calls:
                object.__setattr__(self, "tables", {**self.tables, "deferred-messages": PUT})

    @property
    def fans_out(self) -> bool:
        """Say whether it is a job that hands work to queues for everybody, and may invoke itself to go on.

        What the platform's own sweepers sent leaves their index, so they begin where they stopped anyhow.
        """
        return isinstance(self.trigger, Schedule) and bool(self.sends_to) and self.area != "platform"

    @property
    def goes_on(self) -> bool:
        """Say whether its runs are taken up where they stopped."""
        return self.fans_out or self.tries_again

    @property
    def folder(self) -> Path:
        """Return the folder that holds the handler."""
        return ROOT / "functions" / self.area / self.name
