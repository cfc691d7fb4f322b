"""GET /api/backtests/{backtest_id}: how far a back-test is, and what it came to."""

from trading.backtest.jobs.read_wiring import backtest_service, links_of
from trading.backtest.jobs.replies import BacktestReply
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/backtests/<backtest_id>")
def get_backtest(backtest_id: str, caller: Caller) -> BacktestReply:
    """Show a back-test, with fresh URLs of its documents once it is done."""
    backtest = backtest_service().get(caller, backtest_id)
    return BacktestReply.of(backtest, links_of(backtest))


lambda_handler = app.lambda_handler
