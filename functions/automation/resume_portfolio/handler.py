"""DELETE /api/portfolios/{portfolio_id}/stop: let a portfolio go on that its owner, or its drawdown, stopped."""

from trading.automation.portfolios.replies import PortfolioReply, portfolio_key
from trading.automation.portfolios.wiring import block_reader, owner_stop_service, valuation
from trading.platform.http import Caller, http_api

app = http_api()


@app.delete("/api/portfolios/<portfolio_id>/stop")
def resume_portfolio(portfolio_id: str, caller: Caller) -> PortfolioReply:
    """Let a portfolio go on; after a drawdown the last close is its new peak."""
    portfolio = owner_stop_service().resume(portfolio_key(caller, portfolio_id))
    return PortfolioReply.of(valuation().of(portfolio), block_reader().of(portfolio))


lambda_handler = app.lambda_handler
