"""Weights: exact shares of a whole, without a float.

Our own weights have 6 places. The broker takes weights in steps of 0.0001. Both come from cents by
the method of largest remainders: whole steps first, and what is left goes to the largest fractions.
So weights sum to exactly 1, none is negative, and each lies within one step of its exact share.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

PLACES, BROKER_PLACES = 6, 4
TOLERANCE = Decimal("0.000001")

K = TypeVar("K")
Number = int | Decimal


def shared(whole: int, parts: Mapping[K, Number]) -> dict[K, int]:
    """Return a whole shared out in proportion to parts, to the unit; the shares sum to it.

    Parts are not negative; where all are zero, every share is. Ties go to whoever comes first.
    """
    exact = _as_integers(parts)
    total = sum(exact.values())
    if not total:
        return dict.fromkeys(parts, 0)
    shares = {key: part * whole // total for key, part in exact.items()}
    left = whole - sum(shares.values())
    if left:
        rests = {key: part * whole % total for key, part in exact.items()}
        for key in sorted(rests, key=rests.__getitem__, reverse=True)[:left]:
            shares[key] += 1
    return shares


def _as_integers(parts: Mapping[K, Number]) -> dict[K, int]:
    decimals = [part for part in parts.values() if isinstance(part, Decimal)]
    places = max((-int(decimal.as_tuple().exponent) for decimal in decimals), default=0)
    scale = Decimal(10) ** max(places, 0)
    return {key: int(part * scale) if decimals else int(part) for key, part in parts.items()}


def normalised(weights: Mapping[K, Number], places: int = PLACES) -> dict[K, Decimal]:
    """Return weights in proportion to numbers, with so many places; they sum to exactly 1."""
    step = Decimal(1).scaleb(-places)
    return {key: steps * step for key, steps in shared(10**places, weights).items()}


def broker_weights(cents: Mapping[K, int]) -> dict[K, Decimal]:
    """Return the weights that the broker is given for amounts in cents; what rounds to none is left out."""
    return {key: weight for key, weight in normalised(cents, BROKER_PLACES).items() if weight}


def among(weights: Mapping[str, Decimal], symbols: frozenset[str]) -> dict[str, Decimal]:
    """Return the weights of some symbols alone, so that they sum to 1; of none of them, nothing."""
    kept = {symbol: weight for symbol, weight in weights.items() if symbol in symbols and weight}
    return {symbol: weight for symbol, weight in normalised(kept).items() if weight}
