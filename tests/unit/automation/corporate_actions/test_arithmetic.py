"""The worked numbers: shares, fractions and cents of corporate actions."""

from decimal import Decimal

import pytest

from trading.automation.corporate_actions.arithmetic import Exchanged, Ratio, cents_of, exchange

THREE_FOR_TWO = Ratio(Decimal(2), Decimal(3))
OPENING = Decimal("99.80")


def test_whole_shares_leave_a_fraction_that_takes_its_part_of_the_cost() -> None:
    became = exchange(Decimal(7), 104_979, THREE_FOR_TWO, price=OPENING, fractional=False)

    assert became == Exchanged(Decimal(10), Decimal("0.5"), 4_999)
    assert cents_of(became.fraction, OPENING) == 4_990


def test_a_fraction_under_half_a_cent_is_dropped_and_its_cost_stays() -> None:
    became = exchange(Decimal("7.3337"), 104_979, THREE_FOR_TWO, price=OPENING, fractional=True)

    assert became == Exchanged(Decimal("11.0005"))


def test_shares_of_which_nothing_is_left_are_all_paid_in_cash() -> None:
    became = exchange(Decimal(7), 500, Ratio(Decimal(10), Decimal(1)), price=Decimal("0.001"), fractional=False)

    assert became == Exchanged(Decimal(0), Decimal("0.7"), 500)


@pytest.mark.parametrize(
    ("quantity", "rate", "cents"), [("33.3333", "0.2575", 858), ("100", "0.2575", 2_575), ("2", "0.2525", 50)]
)
def test_a_dividend_is_rounded_half_even_once(quantity: str, rate: str, cents: int) -> None:
    assert cents_of(Decimal(quantity), Decimal(rate)) == cents


def test_prices_move_against_shares() -> None:
    assert Ratio(Decimal(1), Decimal(10)).price(Decimal("499.95")) == Decimal("49.9950")
    assert THREE_FOR_TWO.price(Decimal(100)) == Decimal("66.6667")


def test_what_corrects_a_ratio_leads_from_the_earlier_one_to_the_later() -> None:
    step = Ratio(Decimal(1), Decimal(10)).after(Ratio(Decimal(1), Decimal(2)))

    assert step.shares(Decimal(20)) == 100
