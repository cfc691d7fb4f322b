"""Schedule build_signals: at 8:30 make the day's recommendations, once per exchange."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import NEW_YORK, current_clock, trading_date
from trading.platform.errors import PartnerError
from trading.platform.fan_out import FanOut, TriesAgain
from trading.platform.observability import count, logger
from trading.signals.model.serving import ModelUnusable
from trading.signals.service import SignalService
from trading.signals.wiring import signal_service

PLANNED_AT = time(9, 15)
"""When sessions are planned: until then a run whose provider is away tries again each minute."""


def build(scheduled_at: datetime) -> Mapping[str, object]:
    """Make the recommendations of every exchange that has data and trades on the day.

    Raises:
        TriesAgain: if the provider did not give an exchange's data, and there is time until the plan.
    """
    today, days, service = trading_date(scheduled_at), calendar(), signal_service()
    due = [exchange for exchange in Exchange if service.covers(exchange) and days.trading_day(exchange, today)]
    if not due:
        return {"status": "not_due"}
    built: dict[str, int] = {}
    failed: list[str] = []
    for exchange in due:
        try:
            built[exchange.code] = _build(service, exchange, scheduled_at)
        except PartnerError as error:  # the others need not wait for what is to be tried again
            logger.warning("signals not built", exchange=exchange.code, code=error.code)
            failed.append(exchange.code)
    if not failed:
        return {"status": "done", "built": built}
    if current_clock().now() < datetime.combine(today, PLANNED_AT, NEW_YORK).astimezone(UTC):
        raise TriesAgain
    count("SignalsUnavailable", len(failed))
    return {"status": "done", "built": built, "failed": failed}


def _build(service: SignalService, exchange: Exchange, scheduled_at: datetime) -> int:
    try:
        signals = service.build(exchange, trading_date(scheduled_at))
    except ModelUnusable as error:  # nothing that comes by itself before the plan
        logger.error("no model to predict with", exchange=exchange.code, reason=error.reason)
        count("SignalsUnavailable")
        return 0
    if signals is None:
        count("SignalsMissing", dimensions={"exchange": exchange.code})
        return 0
    return len(signals.recommendations)


lambda_handler = FanOut("build_signals", lambda _: build)
