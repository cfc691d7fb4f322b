"""Daily returns of an index, as what follows it (a fund such as SPY) made them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from trading.markets.models import Bar

_PLACES = Decimal(1).scaleb(-8)


@dataclass(frozen=True)
class IndexReturn:
    """What an index did from one session's close to the next: 0.01 is one percent, with 8 places."""

    day: date
    daily_return: Decimal


def returns_of(bars: Sequence[Bar]) -> Iterator[IndexReturn]:
    """Yield the return of each day of adjusted bars but the first; a day without a price before it has none."""
    for before, after in pairwise(bars):
        if before.close > 0:
            ratio = after.close / before.close - 1
            yield IndexReturn(after.day, ratio.quantize(_PLACES, rounding=ROUND_HALF_EVEN))
