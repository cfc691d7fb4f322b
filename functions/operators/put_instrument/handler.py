"""PUT /api/operator/instruments/{symbol}: register an instrument, move, rename, activate or deactivate it."""

import re

from trading.automation.portfolios.replies import ExchangeField
from trading.operators.instruments import InstrumentChange
from trading.operators.market_replies import InstrumentReply
from trading.operators.read_wiring import instrument_service
from trading.operators.requests import Reason
from trading.platform.audit import Audit
from trading.platform.errors import NotFound
from trading.platform.fields import SYMBOL_PATTERN, Changes, Symbol
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class InstrumentBody(Changes):
    """Where and as what an instrument trades from now on.

    `exchange` is by id; without it the instrument stays where it is. A new symbol takes everything along
    that is held, open or waiting. What is not active may be sold, and not bought.
    """

    exchange: ExchangeField | None = None
    active: bool = True
    new_symbol: Symbol | None = None
    reason: Reason


@app.put("/api/operator/instruments/<symbol>")
def put_instrument(symbol: str, request: InstrumentBody, operator: OperatorCaller) -> InstrumentReply:
    """Change an instrument, in the running session too; one that is not known yet is registered."""
    if not re.fullmatch(SYMBOL_PATTERN, symbol):
        raise NotFound("There is no such symbol.")
    wanted = InstrumentChange(request.exchange, request.active, request.new_symbol)
    return InstrumentReply.of(*instrument_service().change(symbol, wanted, Audit(operator, request.reason)))


lambda_handler = app.lambda_handler
