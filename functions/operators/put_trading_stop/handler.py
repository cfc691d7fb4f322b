"""PUT /api/operator/trading-stop: stop all trading, or let it go on."""

from trading.operations.replies import TradingStopBody, TradingStopReply
from trading.operations.wiring import trading_stops
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.put("/api/operator/trading-stop")
def put_trading_stop(request: TradingStopBody, operator: OperatorCaller) -> TradingStopReply:
    """Stop all trading: no order goes to the broker and no portfolio enters; or let it go on."""
    stop = trading_stops().set(stopped=request.stopped, audit=Audit(operator, request.reason))
    return TradingStopReply.of(stop)


lambda_handler = app.lambda_handler
