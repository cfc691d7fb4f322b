"""Schedule record_tapes: whenever automation watches the market, keep what it showed of the day's candidates."""

from collections.abc import Mapping
from datetime import datetime

from trading.backtest.wiring import tape_recorder
from trading.platform.schedule import NOT_DUE, scheduled


def record(scheduled_at: datetime) -> Mapping[str, object]:
    """Write the quotes of the moment for every exchange that trades now."""
    recorded = tape_recorder().record(scheduled_at)
    return {"status": "done", "recorded": recorded} if recorded else {"status": NOT_DUE}


lambda_handler = scheduled("record_tapes", lambda: record)
