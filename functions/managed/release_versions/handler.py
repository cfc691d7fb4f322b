"""Schedule release_versions: at the open have every managed portfolio rebalanced."""

from collections.abc import Mapping
from datetime import datetime

from trading.managed.messages import RebalanceWork
from trading.managed.runs.store import DynamoRunStore
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.fan_out import FanOut, Job, Send
from trading.platform.schedule import NOT_DUE


def prepare(send: Send) -> Job:
    """Return the job."""
    days = calendar()

    def run(scheduled_at: datetime) -> Mapping[str, object]:
        session = days.trading_day(Exchange.NYSE, trading_date(scheduled_at))
        if session is None or not session.opens_at <= scheduled_at < session.closes_at:
            return {"status": NOT_DUE}
        work = DynamoRunStore().everybody().map(lambda owner: RebalanceWork(owner=owner))
        return {"status": "done", "sent": send("account-rebalances", work)}

    return run


lambda_handler = FanOut("release_versions", prepare)
