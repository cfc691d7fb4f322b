"""Schedule poll_autopilot_runs: each minute of market time follow runs, start one, and have due rebalances made."""

from collections.abc import Mapping
from datetime import datetime

from trading.managed.messages import RebalanceWork
from trading.managed.runs.store import DynamoRunStore
from trading.managed.wiring import run_service
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
        service = run_service()
        changed, started = service.poll(), service.start(scheduled_at)
        work = DynamoRunStore().due(scheduled_at).map(lambda owner: RebalanceWork(owner=owner))
        return {
            "status": "done",
            "changed": changed,
            "started": started,
            "sent": send("account-rebalances", work),
        }

    return run


lambda_handler = FanOut("poll_autopilot_runs", prepare)
