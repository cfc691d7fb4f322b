"""Schedule release_versions: at the open have a pass made over every managed portfolio."""

from collections.abc import Callable, Mapping
from datetime import datetime

from trading.managed.messages import PassWork
from trading.managed.rebalancing.store import DynamoRunStore
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.queue import send_all
from trading.platform.schedule import NOT_DUE, scheduled


def prepare() -> Callable[[datetime], Mapping[str, object]]:
    """Return the job."""
    days = calendar()

    def run(scheduled_at: datetime) -> Mapping[str, object]:
        session = days.trading_day(Exchange.NYSE, trading_date(scheduled_at))
        if session is None or not session.opens_at <= scheduled_at < session.closes_at:
            return {"status": NOT_DUE}
        work = (PassWork(owner=owner) for owner in DynamoRunStore().everybody())
        return {"status": "done", "sent": send_all("version-passes", work)}

    return run


lambda_handler = scheduled("release_versions", prepare)
