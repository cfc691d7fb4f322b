"""Schedule build_signals: at 8:30 make the day's recommendations, once per exchange."""

from collections.abc import Mapping
from datetime import date, datetime

from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import trading_date
from trading.platform.errors import PartnerError
from trading.platform.observability import count
from trading.platform.schedule import scheduled
from trading.signals.service import SignalService
from trading.signals.wiring import signal_service


def build(scheduled_at: datetime) -> Mapping[str, object]:
    """Make the recommendations of every exchange that has data and trades on the day."""
    today, days, service = trading_date(scheduled_at), calendar(), signal_service()
    due = [exchange for exchange in Exchange if service.covers(exchange) and days.trading_day(exchange, today)]
    if not due:
        return {"status": "not_due"}
    built: dict[str, int] = {}
    failed: list[PartnerError] = []
    for exchange in due:
        try:
            built[exchange.code] = _build(service, exchange, today)
        except PartnerError as error:  # the run is repeated; the other exchanges need not wait for that
            failed.append(error)
    if failed:
        raise failed[0]
    return {"status": "done", "built": built}


def _build(service: SignalService, exchange: Exchange, trade_date: date) -> int:
    signals = service.build(exchange, trade_date)
    if signals is None:
        count("SignalsMissing", dimensions={"exchange": exchange.code})
        return 0
    return len(signals.recommendations)


lambda_handler = scheduled("build_signals", lambda: build)
