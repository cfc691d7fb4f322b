"""GET /api/exchanges: the exchanges, when they trade, and whether there is market data of them."""

from trading.markets.models import Exchange, TradingDay
from trading.markets.wiring import calendar, covered_exchanges
from trading.platform.clock import current_clock
from trading.platform.fields import Moment, Reply
from trading.platform.http import Caller, http_api

app = http_api()


class ExchangeReply(Reply):
    """An exchange. Without market data (`covered`) nothing trades by itself there, and prices are those of owners.

    `opens_at` and `closes_at` are those of the session that runs, or else of the next one.
    """

    id: int
    code: str
    currency: str
    covered: bool
    open: bool
    opens_at: Moment
    closes_at: Moment

    @classmethod
    def of(cls, day: TradingDay, *, is_covered: bool, is_open: bool) -> "ExchangeReply":
        """Return the reply that shows an exchange by its session."""
        return cls(
            id=day.exchange.value,
            code=day.exchange.code,
            currency=day.exchange.currency,
            covered=is_covered,
            open=is_open,
            opens_at=day.opens_at,
            closes_at=day.closes_at,
        )


class ExchangeList(Reply):
    """All exchanges."""

    items: list[ExchangeReply]
    next_cursor: None = None


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
