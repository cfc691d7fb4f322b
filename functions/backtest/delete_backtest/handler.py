"""DELETE /api/backtests/{backtest_id}: cancel a back-test that is not finished; delete one that is."""

from aws_lambda_powertools.event_handler import Response

from trading.backtest.jobs.read_wiring import backtest_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.delete("/api/backtests/<backtest_id>", status_code=204)
def delete_backtest(backtest_id: str, caller: Caller) -> Response[None]:
    """Cancel or delete a back-test."""
    backtest_service().delete(caller, backtest_id)
    return Response(status_code=204)


lambda_handler = app.lambda_handler
