"""POST /api/backtests: ask for a back-test, which a worker runs."""

from aws_lambda_powertools.event_handler import Response

from trading.backtest.jobs.read_wiring import backtest_service
from trading.backtest.jobs.replies import BacktestReply, BacktestRequest
from trading.platform.http import Caller, IdempotencyKey, http_api, replayable
from trading.platform.receipts import RequestKey

app = http_api()


@app.post("/api/backtests", status_code=202)
def create_backtest(request: BacktestRequest, caller: Caller, key: IdempotencyKey) -> Response[BacktestReply]:
    """Accept a back-test, once per key."""
    wanted = request.to_specification()
    key_of_it = RequestKey.of(caller, "create_backtest", key, request.model_dump(mode="json"))
    backtest, replayed = backtest_service().create(caller, wanted, key_of_it)
    return replayable(BacktestReply.of(backtest, {}), status=202, replayed=replayed)


lambda_handler = app.lambda_handler
