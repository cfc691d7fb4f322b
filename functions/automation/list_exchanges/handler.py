"""GET /api/exchanges: the exchanges, when they trade, and whether there is market data of them."""

from trading.markets.models import Exchange
from trading.markets.replies import ExchangeList, ExchangeReply
from trading.markets.wiring import calendar, covered_exchanges
from trading.platform.clock import current_clock
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/exchanges")
def list_exchanges(caller: Caller) -> ExchangeList:
    """List the exchanges."""
    now, days, covered = current_clock().now(), calendar(), covered_exchanges()
    sessions = [days.session_at(exchange, now) for exchange in Exchange]
    return ExchangeList(
        items=[
            ExchangeReply.of(day, is_covered=day.exchange in covered, is_open=day.opens_at <= now < day.closes_at)
            for day in sessions
        ]
    )


lambda_handler = app.lambda_handler
