"""GET /api/operator/trading-stop: what is stopped for everybody."""

from trading.operators.read_wiring import trading_halt_service
from trading.operators.replies import TradingHaltReply
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.get("/api/operator/trading-stop")
def get_trading_stop(operator: OperatorCaller) -> TradingHaltReply:
    """Show what is stopped for everybody, and who changed it last."""
    del operator
    return TradingHaltReply.of(trading_halt_service().find())


lambda_handler = app.lambda_handler
