"""POST /api/portfolios: open a portfolio with paper cash."""

from decimal import Decimal

from trading.automation.portfolios.replies import AutomationFields, Description, ExchangeField, Name, PortfolioReply
from trading.automation.portfolios.service import NewPortfolio
from trading.automation.portfolios.wiring import block_reader, portfolio_service
from trading.platform.fields import DollarBalance
from trading.platform.http import Caller, http_api
from trading.platform.money import to_cents

app = http_api()


class PortfolioCreation(AutomationFields):
    """A new portfolio; its initial balance becomes its first deposit."""

    name: Name
    exchange: ExchangeField
    description: Description | None = None
    initial_balance: DollarBalance = Decimal("10000.00")

    def to_command(self) -> NewPortfolio:
        """Return what the portfolio begins with."""
        return NewPortfolio(
            name=self.name,
            exchange=self.exchange,
            description=self.description,
            is_automated=self.is_automated,
            settings=self.settings(),
            initial_balance_cents=to_cents(self.initial_balance),
        )


@app.post("/api/portfolios", status_code=201)
def create_portfolio(request: PortfolioCreation, caller: Caller) -> PortfolioReply:
    """Open a portfolio."""
    portfolio = portfolio_service().create(caller, request.to_command())
    return PortfolioReply.of(portfolio, block_reader().of(portfolio))


lambda_handler = app.lambda_handler
