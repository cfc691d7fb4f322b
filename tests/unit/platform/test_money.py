from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.platform.money import amount_cents, floor_quantity, percent, round_price, to_cents, to_dollars


@pytest.mark.parametrize(
    ("dollars", "cents"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("8999.46", 899946)]
)
def test_a_half_cent_goes_to_the_even_one(dollars: str, cents: int) -> None:
    assert to_cents(Decimal(dollars)) == cents


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_cents_survive_being_dollars(cents: int) -> None:
    assert to_cents(to_dollars(cents)) == cents


def test_an_amount_is_rounded_once() -> None:
    assert amount_cents(Decimal(10), Decimal("100.05")) == 100050
    assert amount_cents(Decimal("0.3333"), Decimal("0.0150")) == 0


def test_quantities_are_cut_and_never_rounded_up() -> None:
    assert floor_quantity(Decimal("9.99999"), fractional=True) == Decimal("9.9999")
    assert floor_quantity(Decimal("9.99999"), fractional=False) == 9


def test_prices_have_four_places() -> None:
    assert round_price(Decimal("100.00005")) == Decimal("100.0000")


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 3, "33.33"), (-1, 3, "-33.33"), (5, 0, "0.00"), (5, -1, "0.00"), (-1, 1_000_000, "0.00"), (0, 5, "0.00")],
)
def test_a_percentage_has_two_places_and_no_negative_zero(part: int, whole: int, shown: str) -> None:
    assert str(percent(part, whole)) == shown
