"""Counts over everybody in DynamoDB: each by a sparse index, and none goes on without end."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import islice

from trading.automation.portfolios.rows import (
    Row,
    day_of_session,
    missed_key,
    position_sk,
    session_sk,
    shard_key,
)
from trading.markets.models import Exchange
from trading.operators.health import Waiting
from trading.platform.deferrals import DeferredRow
from trading.platform.inbox import InboxRow
from trading.platform.outbox import OutboxRow
from trading.platform.runs import OPEN_RUNS
from trading.platform.shards import SHARDS

MAX_COUNTED = 1_000
"""How much of a shard is counted: whoever reads `1000` knows enough."""


class DynamoHealthRows:
    """Counts over everybody."""

    def count_open_runs(self) -> int:
        """Return how many runs of jobs are not done. One request."""
        return InboxRow.by_due.count(OPEN_RUNS, limit=MAX_COUNTED)

    def count_deferred(self) -> int:
        """Return how many messages wait for a partner to come back. A request per shard."""
        keys = (f"due#{number}" for number in range(SHARDS))
        return sum(DeferredRow.by_due.count(key, limit=MAX_COUNTED) for key in keys)

    def find_waiting(self) -> Waiting:
        """Return what waits in the outbox. One request."""
        found = [str(row.created_at) for row in OutboxRow.by_pending.scan(limit=MAX_COUNTED)]
        return Waiting(len(found), min(found, default=None))

    def count_missed(self, since: date) -> Mapping[date, int]:
        """Return how many sessions were missed on each day since one. A request per shard."""
        counts: Counter[date] = Counter()
        for number in range(SHARDS):
            rows = Row.by_missed.query(missed_key(number), Row.sk <= session_sk(since), limit=MAX_COUNTED)
            counts.update(day_of_session(row.sk) for row in islice(rows, MAX_COUNTED))
        return dict(counts)

    def count_left_open(self, exchange: Exchange, before: date) -> int:
        """Return how many positions of days before one are not over. A request per shard."""
        keys = (shard_key("open", exchange, number) for number in range(SHARDS))
        return sum(Row.by_open.count(key, Row.sk < position_sk(before), limit=MAX_COUNTED) for key in keys)
