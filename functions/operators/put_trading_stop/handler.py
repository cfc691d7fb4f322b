"""PUT /api/operator/trading-stop: stop trading, money or both for everybody, or let them go on."""

from trading.operators.replies import TradingStopBody, TradingStopReply
from trading.operators.wiring import trading_stops
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.put("/api/operator/trading-stop")
def put_trading_stop(request: TradingStopBody, operator: OperatorCaller) -> TradingStopReply:
    """Stop trading (no order goes out, no portfolio enters), money that was not sent yet, or both; or release them."""
    audit = Audit(operator, request.reason)
    stop = trading_stops().set(stopped=request.stopped, scope=request.scope, audit=audit)
    return TradingStopReply.of(stop)


lambda_handler = app.lambda_handler
