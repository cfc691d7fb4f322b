"""The arithmetic of corporate actions: shares, fractions and cents, exact until they are rounded once. No I/O.

    n = quantity * new / old     floored to whole shares, or to 0.0001 where fractions are held
    f = the rest                 paid in cash at the opening price of the ex-date
    cost of f = cost * f / n     what is left of the cost stays with the shares

A fraction that is worth less than half a cent is dropped, and its cost stays with the shares.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from trading.platform.money import QUANTITY_STEP, WHOLE_SHARE, round_price

_FRACTION_STEP = Decimal("0.000000000001")


@dataclass(frozen=True)
class Ratio:
    """New shares for old ones."""

    old: Decimal
    new: Decimal

    def shares(self, quantity: Decimal) -> Fraction:
        """Return what a quantity becomes, exactly."""
        return Fraction(quantity) * Fraction(self.new) / Fraction(self.old)

    def price(self, price: Decimal) -> Decimal:
        """Return what a price becomes, with 4 places."""
        return round_price(price * self.old / self.new)

    def after(self, earlier: "Ratio") -> "Ratio":
        """Return what leads from an earlier ratio to this one."""
        return Ratio(self.old * earlier.new, self.new * earlier.old)


UNCHANGED = Ratio(Decimal(1), Decimal(1))


@dataclass(frozen=True)
class Exchanged:
    """What shares become: whole ones, the fraction that is paid in cash, and the cost that goes with it."""

    shares: Decimal
    fraction: Decimal = Decimal(0)
    fraction_cost_cents: int = 0


def exchange(quantity: Decimal, cost_cents: int, ratio: Ratio, *, price: Decimal, fractional: bool) -> Exchanged:
    """Return what shares of a total cost become; `price` is what a new share is worth, as far as is known."""
    exact = ratio.shares(quantity)
    shares = floored(exact, fractional=fractional)
    rest = exact - Fraction(shares)
    fraction = _as_decimal(rest)
    if shares and cents_of(fraction, price) == 0:
        return Exchanged(shares)
    return Exchanged(shares, fraction, cost_share(cost_cents, rest, exact))


def floored(exact: Fraction, *, fractional: bool) -> Decimal:
    """Return shares cut to the step in which they are held."""
    step = QUANTITY_STEP if fractional else WHOLE_SHARE
    return int(exact / Fraction(step)) * step


def cents_of(quantity: Decimal, rate: Decimal) -> int:
    """Return what a quantity brings at dollars a share, rounded half-even to the cent once."""
    return round(Fraction(quantity) * Fraction(rate) * 100)


def cost_share(cost_cents: int, part: Fraction, whole: Fraction) -> int:
    """Return the part of a cost that goes with a part of a value."""
    return round(cost_cents * part / whole) if whole else 0


def is_fractional(quantity: Decimal) -> bool:
    """Say whether a quantity is no number of whole shares."""
    return quantity != quantity.to_integral_value()


def _as_decimal(rest: Fraction) -> Decimal:
    exact = Decimal(rest.numerator) / Decimal(rest.denominator)
    return exact.quantize(_FRACTION_STEP).normalize() + Decimal(0)
