"""GET /api/signals/{exchange}: which model speaks for an exchange, its figures, and why it may or may not trade."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.markets.exchanges import exchange_named
from trading.platform.fields import Day
from trading.platform.http import Caller, http_api
from trading.signals.read_wiring import status_service
from trading.signals.replies import SignalsReply

app = http_api()


@app.get("/api/signals/<exchange>")
def get_signals(exchange: str, caller: Caller, day: Annotated[Day | None, Query(alias="date")] = None) -> SignalsReply:
    """Show which model speaks for an exchange, now or for a day, and why it may or may not trade."""
    del caller
    return SignalsReply.of(status_service().of(exchange_named(exchange), day))


lambda_handler = app.lambda_handler
