"""Schedule resolve_unknown: find the records whose outcome is due to be looked up, and hand each to a worker."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from trading.funding.messages import RecordWork
from trading.platform.clock import current_clock
from trading.platform.people import SHARDS, PersonRow
from trading.platform.queue import send_all
from trading.platform.schedule import scheduled


def prepare() -> Callable[[datetime], Mapping[str, object]]:
    """Return the job."""
    now = current_clock().now()

    def run(scheduled_at: datetime) -> Mapping[str, object]:
        return {"status": "done", "sent": send_all("unknown-outcomes", _due(max(now, scheduled_at)))}

    return run


def _due(now: datetime) -> Iterator[RecordWork]:
    for shard in range(SHARDS):
        for row in PersonRow.by_due.query(f"resolve#{shard}", PersonRow.due_at <= int(now.timestamp())):
            yield RecordWork(pk=str(row.pk), sk=str(row.sk))


lambda_handler = scheduled("resolve_unknown", prepare)
