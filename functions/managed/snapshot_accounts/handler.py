"""Schedule snapshot_accounts: after the close have every open account's worth written down."""

from collections.abc import Mapping
from datetime import datetime

from trading.managed.messages import SnapshotWork
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.fan_out import FanOut, Job, Send
from trading.platform.people import everybody
from trading.platform.schedule import NOT_DUE


def prepare(send: Send) -> Job:
    """Return the job."""
    days = calendar()

    def run(scheduled_at: datetime) -> Mapping[str, object]:
        day = trading_date(scheduled_at)
        if days.trading_day(Exchange.NYSE, day) is None:
            return {"status": NOT_DUE}
        work = everybody("open-accounts").map(lambda owner: SnapshotWork(owner=owner, day=day))
        return {"status": "done", "sent": send("account-snapshots", work)}

    return run


lambda_handler = FanOut("snapshot_accounts", prepare)
