"""Schedule build_signals: at 8:30 make the day's recommendations, once per exchange."""

from collections.abc import Mapping
from datetime import datetime

from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.observability import count
from trading.platform.schedule import scheduled
from trading.signals.wiring import signal_service


def build(scheduled_at: datetime) -> Mapping[str, object]:
    """Make the recommendations of every exchange that trades on the day."""
    today, days, service = trading_date(scheduled_at), calendar(), signal_service()
    trading = [exchange for exchange in Exchange if days.trading_day(exchange, today)]
    if not trading:
        return {"status": "not_due"}
    built = {}
    for exchange in trading:
        signals = service.build(exchange, today)
        built[exchange.code] = len(signals.recommendations) if signals else 0
        if signals is None:
            count("SignalsMissing", dimensions={"exchange": exchange.code})
    return {"status": "done", "built": built}


lambda_handler = scheduled("build_signals", lambda: build)
