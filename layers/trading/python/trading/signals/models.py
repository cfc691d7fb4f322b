"""Recommendations: what the strategy may buy on a trading date."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trading.markets.models import Exchange


class Source(StrEnum):
    """Who made a day's recommendations. What was pinned is never overwritten by what was computed."""

    BASELINE = "baseline"
    PINNED = "pinned"


class Exclusion(StrEnum):
    """Why a symbol may not be bought whatever its signal says."""

    UNADJUSTED_SPLIT = "unadjusted_split"


@dataclass(frozen=True)
class Recommendation:
    """One symbol's signal for a day. A figure that is missing or not finite is None.

    `predicted_return` is the return expected from open to close (0.01 is one percent), `volatility`
    the standard deviation of daily returns, `atr` the 14-day average true range in dollars,
    `previous_close` the last close before the trade date.
    """

    symbol: str
    predicted_return: Decimal | None
    volatility: Decimal | None
    atr: Decimal | None
    previous_close: Decimal | None
    excluded: Exclusion | None = None


@dataclass(frozen=True)
class SignalSet:
    """All recommendations of an exchange for a trade date. `version` changes with the content."""

    exchange: Exchange
    trade_date: date
    source: Source
    version: str
    recommendations: tuple[Recommendation, ...]
