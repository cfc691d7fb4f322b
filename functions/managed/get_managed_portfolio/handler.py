"""GET /api/managed-portfolio: everything that the caller's account holds."""

from trading.managed.holdings.replies import ManagedPortfolioReply
from trading.managed.wiring import holdings_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/managed-portfolio")
def get_managed_portfolio(caller: Caller) -> ManagedPortfolioReply:
    """Return cash, funds, weights and gains."""
    return ManagedPortfolioReply.of(holdings_service().of(caller))


lambda_handler = app.lambda_handler
