"""Sharpe ratios, and how much of one is left after its luck is taken out.

    SR0  the best that T trials without any skill would have shown: sqrt(V) ((1-g) z(1-1/T) + g z(1-1/(Te)))
    PSR  the probability that the true ratio is above a benchmark, given length, skew and fat tails
    DSR  PSR against SR0

After Bailey and Lopez de Prado, The Deflated Sharpe Ratio (2014). All ratios are daily. No numpy.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

EULER = 0.5772156649015329
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Shape:
    """A series of daily returns in four figures: Sharpe ratio, days, skew, and kurtosis (3 if normal)."""

    sharpe: float
    days: int
    skew: float
    kurtosis: float


def shape_of(returns: Sequence[float]) -> Shape | None:
    """Return the shape of daily returns, or None where they do not vary."""
    days = len(returns)
    mean = fmean(returns) if days else 0.0
    second = fmean((value - mean) ** 2 for value in returns) if days else 0.0
    if days < 2 or second <= (abs(mean) * 1e-12) ** 2:  # noqa: PLR2004 - one value varies by nothing
        return None
    third, fourth = (fmean((value - mean) ** power for value in returns) for power in (3, 4))
    deviation = math.sqrt(second * days / (days - 1))
    return Shape(mean / deviation, days, third / second**1.5, fourth / second**2)


def expected_best(trials: int, spread: float) -> float:
    """Return SR0: the best ratio expected of `trials` without skill, whose ratios have the variance `spread`."""
    if trials <= 1:
        return 0.0
    most, tail = (_NORMAL.inv_cdf(1 - 1 / (trials * part)) for part in (1, math.e))
    return math.sqrt(spread) * ((1 - EULER) * most + EULER * tail)


def probabilistic(shape: Shape, benchmark: float = 0.0) -> float | None:
    """Return PSR: the probability that the true ratio is above a benchmark, or None where it is not defined."""
    sharpe = shape.sharpe
    spread = 1 - shape.skew * sharpe + (shape.kurtosis - 1) / 4 * sharpe**2
    if spread <= 0:
        return None
    return _NORMAL.cdf((sharpe - benchmark) * math.sqrt(shape.days - 1) / math.sqrt(spread))


def deflated(shape: Shape, trials: int, sharpes: Sequence[float]) -> float | None:
    """Return DSR after so many trials; `sharpes` are the ratios of those for which they are known."""
    return probabilistic(shape, expected_best(trials, spread_of(sharpes, shape.days)))


def spread_of(sharpes: Sequence[float], days: int) -> float:
    """Return the variance of the trials' ratios, at least what chance makes of one over so many days."""
    return max(variance(sharpes) if len(sharpes) > 1 else 0.0, 1 / days)
