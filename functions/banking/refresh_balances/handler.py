"""Schedule refresh_balances: have every person's banks asked for balances, in market hours."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from trading.banking.messages import LinkWork
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
        day = days.trading_day(Exchange.NYSE, trading_date(scheduled_at))
        if day is None or not day.opens_at <= scheduled_at <= day.closes_at:
            return {"status": NOT_DUE}
        return {"status": "done", "sent": send_all("balance-refreshes", _people())}

    return run


def _people() -> Iterator[LinkWork]:
    for shard in range(SHARDS):
        rows = PersonRow.by_group.query(f"live-links#{shard}")
        for owner in sorted({owner_of(str(row.pk)) for row in rows}):
            yield LinkWork(owner=owner)


lambda_handler = scheduled("refresh_balances", prepare)
