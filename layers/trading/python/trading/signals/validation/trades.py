"""The trades that the live rule would have made of predictions. Needs numpy.

    y > cost(E)                 the round trip at the paper broker, as a share of the price
    confidence >= 60            100 / (1 + e^(-5 y / max(s, 0.5 %))), so y >= max(s, 0.5 %) ln(1.5) / 5

Rows are symbols of the universe only; all that pass are bought at the open and sold at the close.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.signals.model.samples import Array, Samples

MIN_CONFIDENCE = 60
STEEPNESS = 5
CALM_VOLATILITY = 0.005
SEED_COST = 0.0020
"""The back-test constants of the seed: 5 bp costs and 5 bp slippage, at either side."""


@dataclass(frozen=True, eq=False)
class Trades:
    """What was bought: the place of the day among `sessions`, the return from open to close, the broker's cost."""

    sessions: int
    day: NDArray[np.intp]
    gross: Array
    cost: Array

    def net(self, *, times: float = 1.0) -> Array:
        """Return each trade's return after a multiple of the broker's cost."""
        result: Array = self.gross - times * self.cost
        return result

    def net_of_seed(self) -> Array:
        """Return each trade's return after the seed's cost."""
        result: Array = self.gross - SEED_COST
        return result

    def daily(self) -> Array:
        """Return what each session earned, in equal parts in its trades after the broker's cost; 0 without any."""
        counts = np.bincount(self.day, minlength=self.sessions)
        sums = np.bincount(self.day, weights=self.net(), minlength=self.sessions)
        result: Array = np.divide(sums, counts, out=np.zeros(self.sessions), where=counts > 0)
        return result


def trades_of(samples: Samples, expected: Array) -> Trades:
    """Return the trades that the rule makes of expected returns (R); NaN is not traded."""
    cost = cost_shares(samples.price)
    with np.errstate(invalid="ignore"):
        chosen = (expected > cost) & (expected >= least_return(samples.volatility))
    return Trades(len(samples.days), samples.day[chosen], samples.labels[chosen], cost[chosen])


def cost_shares(price: Array, costs: TradingCosts = PAPER_COSTS) -> Array:
    """Return what a round trip costs, as a share of the price."""
    result: Array = 2 * (float(costs.slippage) + float(costs.commission_per_share) / price)
    return result


def least_return(volatility: Array) -> Array:
    """Return the expected return from which on a signal is sure enough."""
    factor = math.log(MIN_CONFIDENCE / (100 - MIN_CONFIDENCE)) / STEEPNESS
    result: Array = np.maximum(volatility, CALM_VOLATILITY) * factor
    return result
