"""GET /api/portfolios/{portfolio_id}/holdings: what a portfolio holds, by symbol."""

from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.value_replies import HoldingList, HoldingReply
from trading.automation.portfolios.wiring import portfolio_service, valuation
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/holdings")
def list_holdings(portfolio_id: str, caller: Caller) -> HoldingList:
    """List a portfolio's holdings."""
    portfolio = valuation().of(portfolio_service().get(portfolio_key(caller, portfolio_id)))
    return HoldingList(items=[HoldingReply.of(portfolio.holdings[symbol]) for symbol in sorted(portfolio.holdings)])


lambda_handler = app.lambda_handler
