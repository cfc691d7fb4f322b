"""GET /api/portfolio-summary: counts and totals over all of the caller's portfolios, per currency."""

from trading.automation.portfolios.summary import summarise
from trading.automation.portfolios.value_replies import CurrencySummary, PortfolioSummary
from trading.automation.portfolios.wiring import portfolio_service, valuation
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/portfolio-summary")
def get_portfolio_summary(caller: Caller) -> PortfolioSummary:
    """Sum up the caller's portfolios."""
    service = portfolio_service()
    summary = summarise(service.store, valuation(), caller, service.clock.now())
    return PortfolioSummary(
        total_portfolios=summary.automated + summary.manual,
        automated_portfolios=summary.automated,
        manual_portfolios=summary.manual,
        total_holdings=summary.holdings,
        totals=[CurrencySummary.of(currency, totals) for currency, totals in sorted(summary.totals.items())],
    )


lambda_handler = app.lambda_handler
