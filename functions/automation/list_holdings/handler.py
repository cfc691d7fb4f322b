"""GET /api/portfolios/{portfolio_id}/holdings: what a portfolio holds, by symbol."""

from trading.automation.portfolios.models import Holding
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service, valuation
from trading.platform.fields import Dollars, Moment, Number, Reply
from trading.platform.http import Caller, http_api
from trading.platform.money import percent, round_price, to_dollars

app = http_api()


class HoldingReply(Reply):
    """Shares of one symbol; `in_positions` of them belong to open day-trading positions."""

    symbol: str
    quantity: Number
    in_positions: Number
    average_cost: Number
    cost_basis: Dollars
    current_price: Number
    price_at: Moment
    current_value: Dollars
    gain_loss: Dollars
    gain_loss_percent: Number

    @classmethod
    def of(cls, holding: Holding) -> "HoldingReply":
        """Return the reply that shows a holding; average cost follows from the total cost."""
        gain = holding.value_cents - holding.cost_cents
        return cls(
            symbol=holding.symbol,
            quantity=holding.quantity,
            in_positions=holding.in_positions,
            average_cost=round_price(to_dollars(holding.cost_cents) / holding.quantity),
            cost_basis=to_dollars(holding.cost_cents),
            current_price=holding.last_price,
            price_at=holding.price_at,
            current_value=to_dollars(holding.value_cents),
            gain_loss=to_dollars(gain),
            gain_loss_percent=percent(gain, holding.cost_cents),
        )


class HoldingList(Reply):
    """All holdings."""

    items: list[HoldingReply]
    next_cursor: None = None


@app.get("/api/portfolios/<portfolio_id>/holdings")
def list_holdings(portfolio_id: str, caller: Caller) -> HoldingList:
    """List a portfolio's holdings."""
    portfolio = valuation().of(portfolio_service().get(portfolio_key(caller, portfolio_id)))
    return HoldingList(items=[HoldingReply.of(portfolio.holdings[symbol]) for symbol in sorted(portfolio.holdings)])


lambda_handler = app.lambda_handler
