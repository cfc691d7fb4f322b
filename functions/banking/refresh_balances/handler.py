"""Schedule refresh_balances: have every person's banks asked for balances, in market hours."""

from collections.abc import Mapping
from datetime import datetime

from trading.banking.messages import LinkWork
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
        day = days.trading_day(Exchange.NYSE, trading_date(scheduled_at))
        if day is None or not day.opens_at <= scheduled_at <= day.closes_at:
            return {"status": NOT_DUE}
        people = everybody("live-links").through(lambda owners: sorted(set(owners)))
        work = people.map(lambda owner: LinkWork(owner=owner, asked_at=scheduled_at))
        return {"status": "done", "sent": send("balance-refreshes", work)}

    return run


lambda_handler = FanOut("refresh_balances", prepare)
