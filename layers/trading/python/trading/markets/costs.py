"""What trading a share costs besides its price: the model that plans are judged by and paper fills follow.

    round trip   2 ((slippage + rate) E + commission) + spread, in dollars a share

A purchase whose round trip takes more than a quarter of the way to its stop-loss is not made.
"""

from dataclasses import dataclass
from decimal import Decimal

MAX_SHARE_OF_STOP_DISTANCE = Decimal("0.25")


@dataclass(frozen=True)
class TradingCosts:
    """Slippage as a share of the price, commission in dollars a share; each is paid twice in a round trip.

    `commission_rate` is a commission as a share of the amount.
    """

    slippage: Decimal
    commission_per_share: Decimal
    commission_rate: Decimal = Decimal(0)

    def round_trip(self, price: Decimal, spread: Decimal = Decimal(0)) -> Decimal:
        """Return what buying and selling a share at a price costs, in dollars."""
        return 2 * ((self.slippage + self.commission_rate) * price + self.commission_per_share) + spread

    def are_too_high(self, price: Decimal, risk_per_share: Decimal, spread: Decimal = Decimal(0)) -> bool:
        """Say whether the round trip takes too much of what lies between the price and its stop-loss."""
        return self.round_trip(price, spread) > MAX_SHARE_OF_STOP_DISTANCE * risk_per_share


PAPER_COSTS = TradingCosts(slippage=Decimal("0.0005"), commission_per_share=Decimal("0.0035"))

BP = Decimal("0.0001")
BACKTEST_TRANSACTION_COST_BPS = 5
BACKTEST_SLIPPAGE_BPS = 5
DEFAULT_BANKROLL = 10_000


def costs_in_bp(transaction: Decimal | int, slippage: Decimal | int) -> TradingCosts:
    """Return costs of so many basis points of the amount, each side, as back-tests name them."""
    return TradingCosts(slippage * BP, Decimal(0), transaction * BP)


SEED_COSTS = costs_in_bp(BACKTEST_TRANSACTION_COST_BPS, BACKTEST_SLIPPAGE_BPS)
"""The costs of research: about twice the paper broker's."""
