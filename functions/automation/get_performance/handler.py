"""GET /api/portfolios/{portfolio_id}/performance: what a portfolio earned, as a curve and in figures."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.value_replies import PerformanceReply
from trading.automation.portfolios.wiring import performance_service, portfolio_service
from trading.platform.fields import Day
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/performance")
def get_performance(
    portfolio_id: str,
    caller: Caller,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> PerformanceReply:
    """Show what a portfolio earned from a day to another, the last year if it names none."""
    portfolio = portfolio_service().get(portfolio_key(caller, portfolio_id))
    return PerformanceReply.of(performance_service().of(portfolio, first, last))


lambda_handler = app.lambda_handler
