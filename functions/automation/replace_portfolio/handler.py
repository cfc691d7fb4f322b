"""PUT /api/portfolios/{portfolio_id}: change a portfolio; automation fields not given keep their values."""

from trading.automation.portfolios.replies import (
    AutomationFields,
    Description,
    ExchangeField,
    Name,
    PortfolioReply,
    portfolio_key,
)
from trading.automation.portfolios.wiring import block_reader, portfolio_service, valuation
from trading.platform.fields import Changes
from trading.platform.http import Caller, http_api

app = http_api()


class PortfolioReplacement(AutomationFields, Changes):
    """A portfolio as it shall be."""

    name: Name
    exchange: ExchangeField
    description: Description | None = None


@app.put("/api/portfolios/<portfolio_id>")
def replace_portfolio(portfolio_id: str, request: PortfolioReplacement, caller: Caller) -> PortfolioReply:
    """Change a portfolio."""
    portfolio = portfolio_service().edit(portfolio_key(caller, portfolio_id), request.edit())
    return PortfolioReply.of(valuation().of(portfolio), block_reader().of(portfolio))


lambda_handler = app.lambda_handler
