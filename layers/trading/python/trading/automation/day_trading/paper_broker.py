"""PaperBroker: fills every order at its price, 5 basis points worse, and charges a commission.

A fill is a function of its order alone, so the same order fills the same way however often it is
sent. Commission: $0.0035 a share, to the cent half-even, never more than the amount. Other costs make another
broker of it: back-tests use one with the costs of research.
"""

from dataclasses import dataclass
from decimal import Decimal

from trading.automation.day_trading.ports import BrokerOrder, Fill, Side
from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.markets.models import Price
from trading.platform.money import (
    QUANTITY_STEP,
    WHOLE_SHARE,
    amount_cents,
    floor_quantity,
    round_price,
    to_cents,
    to_dollars,
)


@dataclass(frozen=True)
class PaperBroker:
    """The broker of portfolios whose cash is paper."""

    costs: TradingCosts = PAPER_COSTS

    def price(self, side: Side, price: Price) -> Decimal:
        """Return the price moved against the trader by the slippage, with 4 places."""
        factor = 1 + self.costs.slippage if side is Side.BUY else 1 - self.costs.slippage
        return round_price(price.amount * factor)

    def affordable(self, cash_cents: int, price: Decimal, *, fractional: bool) -> Decimal:
        """Return the most shares whose amount and commission the cash pays to the cent."""
        step = QUANTITY_STEP if fractional else WHOLE_SHARE
        total = price * (1 + self.costs.commission_rate) + self.costs.commission_per_share
        shares = floor_quantity(to_dollars(cash_cents) / total, fractional=fractional) + step
        while shares > 0 and self._total_cents(shares, price) > cash_cents:
            shares -= step
        return shares

    def execute(self, order: BrokerOrder) -> Fill:
        """Fill an order in full at the expected price."""
        price = self.price(order.side, order.price)
        amount = amount_cents(order.quantity, price)
        return Fill(price, order.quantity, amount, self._commission_cents(order.quantity, amount))

    def _total_cents(self, shares: Decimal, price: Decimal) -> int:
        amount = amount_cents(shares, price)
        return amount + self._commission_cents(shares, amount)

    def _commission_cents(self, shares: Decimal, amount: int) -> int:
        by_amount = self.costs.commission_rate * to_dollars(amount)
        return min(to_cents(shares * self.costs.commission_per_share + by_amount), amount)
