"""Schedule accrue_fees: in the evening have every account's day accrued."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trading.billing.messages import AccrualWork
from trading.platform.clock import trading_date
from trading.platform.people import everybody
from trading.platform.queue import send_all
from trading.platform.schedule import scheduled


def run(scheduled_at: datetime) -> Mapping[str, object]:
    """Send one message a person with an account."""
    return {"status": "done", "sent": send_all("fee-accruals", _work(scheduled_at))}


def _work(scheduled_at: datetime) -> Iterator[AccrualWork]:
    day = trading_date(scheduled_at)
    return (AccrualWork(owner=owner, day=day) for owner in everybody("open-accounts"))


lambda_handler = scheduled("accrue_fees", lambda: run)
