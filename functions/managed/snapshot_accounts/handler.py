"""Schedule snapshot_accounts: after the close have every open account's worth written down."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from trading.managed.messages import SnapshotWork
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.people import SHARDS, PersonRow, owner_of
from trading.platform.queue import send_all
from trading.platform.schedule import NOT_DUE, scheduled


def prepare() -> Callable[[datetime], Mapping[str, object]]:
    """Return the job."""
    days = calendar()

    def run(scheduled_at: datetime) -> Mapping[str, object]:
        day = trading_date(scheduled_at)
        if days.trading_day(Exchange.NYSE, day) is None:
            return {"status": NOT_DUE}
        work = (SnapshotWork(owner=owner, day=day) for owner in _people())
        return {"status": "done", "sent": send_all("account-snapshots", work)}

    return run


def _people() -> Iterator[str]:
    for shard in range(SHARDS):
        for row in PersonRow.by_group.query(f"open-accounts#{shard}"):
            yield owner_of(str(row.pk))


lambda_handler = scheduled("snapshot_accounts", prepare)
