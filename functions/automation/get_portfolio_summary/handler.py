"""GET /api/portfolio-summary: counts and totals over all of the caller's portfolios, per currency."""

from trading.automation.portfolios.summary import CurrencyTotals, summarise
from trading.automation.portfolios.wiring import portfolio_service, valuation
from trading.platform.fields import Dollars, Number, Reply
from trading.platform.http import Caller, http_api
from trading.platform.money import percent, to_dollars

app = http_api()


class CurrencySummary(Reply):
    """Totals over the portfolios of one currency."""

    currency: str
    portfolios: int
    total_current_value: Dollars
    total_invested: Dollars
    total_gain_loss: Dollars
    total_gain_loss_percent: Number
    automated_pnl_today: Dollars

    @classmethod
    def of(cls, currency: str, totals: CurrencyTotals) -> "CurrencySummary":
        """Return the reply that shows a currency's totals."""
        return cls(
            currency=currency,
            portfolios=totals.portfolios,
            total_current_value=to_dollars(totals.value_cents),
            total_invested=to_dollars(totals.contributed_cents),
            total_gain_loss=to_dollars(totals.gain_cents),
            total_gain_loss_percent=percent(totals.gain_cents, totals.contributed_cents),
            automated_pnl_today=to_dollars(totals.pnl_today_cents),
        )


class PortfolioSummary(Reply):
    """Counts over everything, totals per currency."""

    total_portfolios: int
    automated_portfolios: int
    manual_portfolios: int
    total_holdings: int
    totals: list[CurrencySummary]


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
