"""The walk of the simulated market: how a price runs through a day of which only the bar is known. No I/O.

From the day's open through high and low, in an order fixed by symbol and day, to the close. The sandbox's
market quotes by it, and back-tests on its path see the same.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from trading.markets.models import TradingDay
from trading.platform.money import round_price


class Range(Protocol):
    """What a walk needs of a bar."""

    @property
    def symbol(self) -> str:
        """Return the symbol that the order of the turns depends on."""
        ...

    @property
    def open(self) -> Decimal:
        """Return the first price."""
        ...

    @property
    def high(self) -> Decimal:
        """Return the highest price."""
        ...

    @property
    def low(self) -> Decimal:
        """Return the lowest price."""
        ...

    @property
    def close(self) -> Decimal:
        """Return the last price."""
        ...


def price_on_walk(bar: Range, session: TradingDay, moment: datetime) -> Decimal:
    """Return the price at a moment of a session, on the path that symbol and day fix."""
    if moment >= session.closes_at:
        return bar.close
    turns = (bar.high, bar.low) if _is_high_first(bar.symbol, session.day) else (bar.low, bar.high)
    path = (bar.open, *turns, bar.close)
    lasts = Decimal((session.closes_at - session.opens_at).total_seconds())
    place = Decimal((moment - session.opens_at).total_seconds()) * (len(path) - 1) / lasts
    leg = int(place)
    return round_price(path[leg] + (path[leg + 1] - path[leg]) * (place - leg))


@lru_cache(maxsize=10_000)
def _is_high_first(symbol: str, day: date) -> bool:
    return hashlib.sha256(f"{symbol}{day}".encode()).digest()[0] % 2 == 1
