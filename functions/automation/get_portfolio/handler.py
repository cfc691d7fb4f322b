"""GET /api/portfolios/{portfolio_id}: one portfolio with its settings and what it is worth."""

from trading.automation.portfolios.replies import PortfolioReply, portfolio_key
from trading.automation.portfolios.wiring import block_reader, portfolio_service, valuation
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/portfolios/<portfolio_id>")
def get_portfolio(portfolio_id: str, caller: Caller) -> PortfolioReply:
    """Show a portfolio."""
    portfolio = portfolio_service().get(portfolio_key(caller, portfolio_id))
    return PortfolioReply.of(valuation().of(portfolio), block_reader().of(portfolio))


lambda_handler = app.lambda_handler
