"""Drift: how far a fund's actual weights are from those of its last version.

It is the share of the fund that would have to be traded to undo it: half the sum of the differences.
A deposit changes no weights inside a fund, so it never causes any.
"""

from collections.abc import Mapping
from decimal import Decimal

MAX_DRIFT = Decimal("0.10")


def drift(cents: Mapping[str, int], contents: Mapping[str, Decimal]) -> Decimal:
    """Return the drift of a fund: 0 where nothing is held, 1 where it holds nothing of what it should."""
    whole = sum(cents.values())
    if whole <= 0:
        return Decimal(0)
    symbols = {*cents, *contents}
    off = sum(
        (abs(Decimal(cents.get(symbol, 0)) / whole - contents.get(symbol, Decimal(0))) for symbol in symbols),
        Decimal(0),
    )
    return off / 2
