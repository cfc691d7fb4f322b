"""GET /api/operator/trading-stop: what is stopped for everybody."""

from trading.operators.replies import TradingStopReply
from trading.operators.wiring import trading_stops
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.get("/api/operator/trading-stop")
def get_trading_stop(operator: OperatorCaller) -> TradingStopReply:
    """Show what is stopped for everybody, and who changed it last."""
    del operator
    return TradingStopReply.of(trading_stops().find())


lambda_handler = app.lambda_handler
