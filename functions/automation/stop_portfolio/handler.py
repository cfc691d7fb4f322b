"""POST /api/portfolios/{portfolio_id}/stop: stop a portfolio from buying, or have its positions sold."""

from pydantic import Field

from trading.automation.portfolios.replies import PortfolioReply, portfolio_key
from trading.automation.portfolios.wiring import block_reader, owner_stop_service, valuation
from trading.brokerage.halts import HaltStrength
from trading.platform.fields import GivenMoment, Request
from trading.platform.http import Caller, http_api

app = http_api()


class StopRequest(Request):
    """How much to stop, and until when; without `until` it lasts until it is lifted."""

    strength: HaltStrength = Field(strict=False)
    until: GivenMoment | None = None


@app.post("/api/portfolios/<portfolio_id>/stop")
def stop_portfolio(portfolio_id: str, request: StopRequest, caller: Caller) -> PortfolioReply:
    """Stop a portfolio: from entries, from all purchases, or from these while day-trading positions are sold."""
    key = portfolio_key(caller, portfolio_id)
    portfolio = owner_stop_service().stop(key, request.strength, request.until)
    return PortfolioReply.of(valuation().of(portfolio), block_reader().of(portfolio))


lambda_handler = app.lambda_handler
