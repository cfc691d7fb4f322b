"""DELETE /api/portfolios/{portfolio_id}: delete a portfolio that holds nothing; its history is kept."""

from aws_lambda_powertools.event_handler import Response

from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.delete("/api/portfolios/<portfolio_id>", status_code=204)
def delete_portfolio(portfolio_id: str, caller: Caller) -> Response[None]:
    """Delete a portfolio."""
    portfolio_service().delete(portfolio_key(caller, portfolio_id))
    return Response(status_code=204)


lambda_handler = app.lambda_handler
