"""Money: integer cents inside, dollars with two decimals where the portfolio routes speak them.

Prices have 4 places and quantities have 4 places. An amount is rounded to the cent half-even,
once, where it arises.
"""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
QUANTITY_STEP = Decimal("0.0001")
WHOLE_SHARE = Decimal(1)
PERCENT_STEP = Decimal("0.01")


def to_cents(dollars: Decimal) -> int:
    """Return dollars as cents, rounded half-even."""
    return int((dollars * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_dollars(cents: int) -> Decimal:
    """Return cents as dollars with two places."""
    return (Decimal(cents) / 100).quantize(CENT)


def amount_cents(quantity: Decimal, price: Decimal) -> int:
    """Return what a quantity costs at a price, in cents, rounded half-even once."""
    return to_cents(quantity * price)


def round_price(price: Decimal) -> Decimal:
    """Return a price with 4 places, rounded half-even."""
    return price.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)


def floor_quantity(quantity: Decimal, *, fractional: bool) -> Decimal:
    """Return a quantity cut to 0.0001 shares, or to whole shares."""
    return quantity.quantize(QUANTITY_STEP if fractional else WHOLE_SHARE, rounding=ROUND_DOWN)


def percent(part_cents: int, whole_cents: int) -> Decimal:
    """Return a part as a percentage of a whole with 2 places, half-even; 0 where the whole is not above 0."""
    if whole_cents <= 0:
        return Decimal("0.00")
    return unsigned_zero((Decimal(part_cents) * 100 / whole_cents).quantize(PERCENT_STEP, rounding=ROUND_HALF_EVEN))


def unsigned_zero(number: Decimal) -> Decimal:
    """Return a number; of -0 the 0 that it is, with as many places."""
    return number if number else abs(number)
