"""Confidence intervals by circular blocks: days that follow each other stay together, since their risk does."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import accumulate

from trading.performance.metrics import MIN_TO_VARY, SESSIONS_A_YEAR

DRAWS = 2_000
MIN_BLOCK = 5
LOWER, UPPER = 0.025, 0.975

Interval = tuple[float, float]


def block_length(days: int) -> int:
    """Return max(5, the cube root of the days, rounded up), at most the days themselves."""
    root = next(length for length in range(days + 1) if length**3 >= days)
    return min(max(MIN_BLOCK, root), days)


def interval_of_mean(values: Sequence[float], seed: str) -> Interval | None:
    """Return the 95 % interval of the mean of daily values; None under two days."""
    return _interval(values, seed, lambda total, _, count: total / count)


def interval_of_sharpe(values: Sequence[float], seed: str, sessions: int = SESSIONS_A_YEAR) -> Interval | None:
    """Return the 95 % interval of the yearly Sharpe ratio; None where nothing varies."""

    def ratio(total: float, squares: float, count: int) -> float | None:
        variance = (squares - total * total / count) / (count - 1)
        return total / count / math.sqrt(variance) * math.sqrt(sessions) if variance > 0 else None

    return None if len(set(values)) < MIN_TO_VARY else _interval(values, seed, ratio)


def _interval(
    values: Sequence[float], seed: str, figure: Callable[[float, float, int], float | None]
) -> Interval | None:
    if len(values) < MIN_TO_VARY:
        return None
    draws = random.Random(seed)  # noqa: S311 - drawn again alike, by whoever has the same inputs
    sums = _Circle(values)
    figures = [figure(*sums.draw(draws), len(values)) for _ in range(DRAWS)]
    known = sorted(value for value in figures if value is not None)
    return (quantile(known, LOWER), quantile(known, UPPER)) if known else None


class _Circle:
    """Sums of any block of days, the first day following the last, in one subtraction each."""

    def __init__(self, values: Sequence[float]) -> None:
        self.days, self.block = len(values), block_length(len(values))
        self.totals = list(accumulate((*values, *values), initial=0.0))
        self.squares = list(accumulate((value * value for value in (*values, *values)), initial=0.0))

    def draw(self, draws: random.Random) -> tuple[float, float]:
        """Return the sum and the sum of squares of as many days as there are, in blocks from anywhere."""
        whole, rest = divmod(self.days, self.block)
        total = squares = 0.0
        for length in (self.block,) * whole + ((rest,) if rest else ()):
            start = int(draws.random() * self.days)
            total += self.totals[start + length] - self.totals[start]
            squares += self.squares[start + length] - self.squares[start]
        return total, squares


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which that share of the ordered values lies, between neighbours on a line."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
