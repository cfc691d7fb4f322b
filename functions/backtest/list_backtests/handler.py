"""GET /api/backtests: the caller's back-tests, newest first."""

from trading.backtest.jobs.read_wiring import backtest_service, links_of
from trading.backtest.jobs.replies import BacktestList, BacktestReply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()

SCOPE = "backtests"


@app.get("/api/backtests")
def list_backtests(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> BacktestList:
    """List back-tests of the last thirty days."""
    page = backtest_service().store.page(caller, after=page_start(caller, SCOPE, cursor), limit=limit)
    items = [BacktestReply.of(backtest, links_of(backtest)) for backtest in page.items]
    return BacktestList(items=items, next_cursor=next_cursor(caller, SCOPE, page))


lambda_handler = app.lambda_handler
