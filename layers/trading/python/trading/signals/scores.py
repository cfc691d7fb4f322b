"""Scores: how sure a signal is, and how far from the entry its stop-loss and its target lie. No I/O, no numpy.

Symbols: E previous close, y predicted return, s volatility, ATR 14-day average true range.

    confidence       100 / (1 + e^(-5 y / max(s, 0.5 %))), or clamp(50 + 5000 y, 0, 100) without a usable s
    stop distance    d_s = max(1 %, 2 ATR / E)
    target distance  d_t = max(1.5 d_s, 1.2 |y|)

What is published and what is planned go by the same functions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from trading.platform.money import round_price
from trading.signals.models import Recommendation

MIN_CONFIDENCE = Decimal(60)
DEFAULT_ATR_SHARE = Decimal("0.015")
MIN_STOP_DISTANCE = Decimal("0.01")
MIN_VOLATILITY = Decimal("0.0005")
"""Under it a volatility is none; up to `CALM_VOLATILITY` it counts as that."""
CALM_VOLATILITY = Decimal("0.005")
STEEPNESS = 5
CONFIDENCE_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Distances:
    """How far the stop lies below the entry and the target above it, as shares of 1.

    `risk_per_share` is E d_s, computed without dividing by E first, so that no share is lost to
    a repeating decimal.
    """

    risk_per_share: Decimal
    stop: Decimal
    target: Decimal


def confidence(predicted_return: Decimal, volatility: Decimal | None) -> Decimal:
    """Return how sure the signal is, from 0 to 100."""
    if volatility is None or not volatility.is_finite() or volatility <= 0:
        return min(max(50 + 5000 * predicted_return, Decimal(0)), Decimal(100))
    return 100 / (1 + (-STEEPNESS * predicted_return / max(volatility, CALM_VOLATILITY)).exp())


def distances(price: Decimal, predicted_return: Decimal, atr: Decimal | None) -> Distances:
    """Return the distances at a price; without a usable range it counts as 1.5 % of the price."""
    usable = atr is not None and atr.is_finite() and atr >= 0
    span = atr if usable and atr is not None else DEFAULT_ATR_SHARE * price
    risk_per_share = max(MIN_STOP_DISTANCE * price, 2 * span)
    stop = risk_per_share / price
    return Distances(risk_per_share, stop, max(Decimal("1.5") * stop, Decimal("1.2") * abs(predicted_return)))


def ranked(recommendations: Iterable[Recommendation]) -> tuple[Recommendation, ...]:
    """Return recommendations with their scores: by confidence, ties by symbol, and last those without a rank.

    No rank has who is excluded or cannot be scored.
    """
    scored = [_scored(recommendation) for recommendation in recommendations]
    best = sorted((r for r in scored if _may_be_ranked(r)), key=lambda r: (-(r.confidence or 0), r.symbol))
    rest = sorted((r for r in scored if not _may_be_ranked(r)), key=lambda r: r.symbol)
    return (*(replace(r, rank=place) for place, r in enumerate(best, start=1)), *rest)


def _may_be_ranked(recommendation: Recommendation) -> bool:
    return recommendation.excluded is None and recommendation.confidence is not None


def _scored(recommendation: Recommendation) -> Recommendation:
    price, expected = recommendation.previous_close, recommendation.predicted_return
    if price is None or expected is None or price <= 0:
        return recommendation
    try:
        found = distances(price, expected, recommendation.atr)
        return replace(
            recommendation,
            confidence=confidence(expected, recommendation.volatility).quantize(CONFIDENCE_STEP, ROUND_HALF_EVEN),
            stop_price=round_price(price * (1 - found.stop)),
            target_price=round_price(price * (1 + found.target)),
        )
    except ArithmeticError:
        return recommendation
