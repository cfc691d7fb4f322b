"""Schedule record_index_returns: in the evening keep what each exchange's index did, for those who compare with it."""

from collections.abc import Mapping
from datetime import datetime

from trading.markets.wiring import index_service
from trading.platform.clock import trading_date
from trading.platform.schedule import scheduled


def record(scheduled_at: datetime) -> Mapping[str, object]:
    """Write the returns of the last two weeks; days that were missed are among them."""
    return {"status": "done", "days": index_service().record(trading_date(scheduled_at))}


lambda_handler = scheduled("record_index_returns", lambda: record)
