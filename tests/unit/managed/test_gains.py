"""Gains: against values known from elsewhere, and where there is none."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trading.managed.holdings.gains import Gains, gains, over, xirr

START = date(2025, 3, 3)
YEAR = START + timedelta(days=365)
KNOWN = [
    (date(2008, 1, 1), 10_000_00),
    (date(2008, 3, 1), -2_750_00),
    (date(2008, 10, 30), -4_250_00),
    (date(2009, 2, 15), -3_250_00),
    (date(2009, 4, 1), -2_750_00),
]


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        (KNOWN, "0.373363"),
        ([(START, 100_00), (YEAR, -110_00)], "0.1"),
        ([(START, 100_00), (YEAR, -90_00)], "-0.1"),
        ([(START, 100_00), (YEAR, -100_00)], "0"),
        ([(START, 100_00), (START + timedelta(days=730), -121_00)], "0.1"),
        ([(START, 100_00), (YEAR, 100_00), (START + timedelta(days=730), -231_00)], "0.1"),
        ([(YEAR, -110_00), (START, 100_00)], "0.1"),
        ([(START, 100_00), (YEAR, -1)], "-0.9999"),
    ],
)
def test_the_money_weighted_rate_is_as_it_is_known(flows: list[tuple[date, int]], expected: str) -> None:
    assert xirr(flows) == Decimal(expected)


@pytest.mark.parametrize(
    "flows",
    [
        [],
        [(START, 0)],
        [(START, 100)],
        [(START, 100), (YEAR, 100)],
        [(START, -100), (YEAR, -100)],
        [(START, 100), (START, -110)],
        [(START, 100), (YEAR, 0)],
        [(START, 1), (START + timedelta(days=1), -(10**9))],
    ],
)
def test_there_is_no_rate_where_nothing_balances(flows: list[tuple[date, int]]) -> None:
    assert xirr(flows) is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 10**9)), min_size=1, max_size=10),
    st.integers(1, 10**10),
    st.integers(1, 800),
)
def test_flows_balance_at_the_rate_that_is_found(ins: list[tuple[int, int]], worth: int, days: int) -> None:
    end = max(day for day, _ in ins) + days
    flows = [*((START + timedelta(days=day), cents) for day, cents in ins), (START + timedelta(days=end), -worth)]

    rate = xirr(flows)

    assume(rate is not None and rate > Decimal("-0.9999"))
    assert rate is not None
    step = Decimal("0.000001")
    below, above = (balance(flows, rate + shift) for shift in (-step, step))
    assert below <= 0 <= above or above <= 0 <= below


def balance(flows: list[tuple[date, int]], rate: Decimal) -> Decimal:
    first = min(day for day, _ in flows)
    terms = [cents * (1 + rate) ** (-Decimal((day - first).days) / 365) for day, cents in flows]
    return sum(terms, Decimal(0))


def test_gains_of_a_day_know_what_went_in_and_out() -> None:
    flows = [(START, 100_000), (YEAR, 50_000)]

    made = gains(165_000, flows, before=(110_000, 100_000), today=YEAR)

    assert (made.day_cents, made.day_rate) == (5_000, Decimal("0.03125"))
    assert made.total_cents == 15_000


def test_a_deposit_is_no_gain_and_a_withdrawal_no_loss() -> None:
    before = (100_000, 100_000)

    for flow in (50_000, -50_000):
        made = gains(100_000 + flow, [(START, 100_000), (YEAR, flow)], before, today=YEAR)
        assert (made.day_cents, made.total_cents) == (0, 0)
        assert (made.day_rate, made.total_rate, made.yearly_rate) == (0, 0, 0)


def test_money_weighted_gains_are_those_reckoned_by_hand() -> None:
    # 1,000 over one year at 21 % a year, and 1,000 over its second half: 1,210 + 1,100.
    half = START + timedelta(days=365 - 183)
    worth = round(Fraction(100_000) * Fraction(121, 100)) + round(100_000 * 1.21 ** (183 / 365))

    made = gains(worth, [(START, 100_000), (half, 100_000)], before=(worth, 200_000), today=YEAR)

    assert made.yearly_rate is not None
    assert abs(made.yearly_rate - Decimal("0.21")) < Decimal("0.00001")
    assert made.total_rate == made.yearly_rate
    assert made.day_cents == 0


def test_over_half_a_year_a_rate_counts_by_its_root() -> None:
    assert over(Decimal("0.21"), 365) == Decimal("0.21")
    assert over(Decimal("0.21"), 730) == Decimal("0.4641")
    assert over(Decimal("0.21"), 0) == 0
    assert over(None, 100) is None


def test_on_the_first_day_rates_are_those_of_the_day() -> None:
    made = gains(101_000, [(START, 100_000)], before=(0, 0), today=START)

    assert made == Gains(1_000, Decimal("0.01"), 1_000, Decimal("0.01"), None)


def test_nothing_invested_has_no_rate() -> None:
    assert gains(0, [], before=(0, 0), today=START) == Gains(0, None, 0, None, None)
    assert gains(500, [], before=(0, 0), today=START) == Gains(500, None, 500, None, None)


def test_a_loss_of_everything_is_a_rate_of_minus_1() -> None:
    made = gains(0, [(START, 100_000)], before=(100_000, 100_000), today=YEAR)

    assert made == Gains(-100_000, Decimal(-1), -100_000, Decimal(-1), None)


def test_more_taken_out_than_put_in_still_gains() -> None:
    flows = [(START, 100_000), (START + timedelta(days=180), -150_000)]

    made = gains(20_000, flows, before=(20_000, -50_000), today=YEAR)

    assert made.total_cents == 70_000
    assert made.yearly_rate is not None
    assert made.yearly_rate > Decimal("0.7")
    assert abs(balance([*flows, (YEAR, -20_000)], made.yearly_rate)) < 1


def test_cash_below_zero_is_reckoned_as_what_it_is() -> None:
    made = gains(-5_000, [(START, 100_000)], before=(95_000, 100_000), today=YEAR)

    assert (made.day_cents, made.total_cents, made.yearly_rate) == (-100_000, -105_000, None)


def test_a_rate_beyond_all_sense_is_none() -> None:
    flows = [(START, 100_00), (START + timedelta(days=1), -103_00)]

    made = gains(1, flows, before=(1, -300), today=START + timedelta(days=4_000))

    assert made.yearly_rate is not None
    assert made.total_rate is None
    assert made.total_cents == 301


def test_a_day_on_which_all_was_sold_and_bought_again_gains_what_was_gained() -> None:
    # Worth 110,000 the evening before, sold for 112,000, then 60,000 put in anew, which are 61,000 by now.
    made = gains(61_000, [(YEAR, 60_000)], before=(110_000, 100_000), today=YEAR, net_cents=100_000 - 112_000 + 60_000)

    assert made.day_cents == 3_000
    assert made.day_rate == Decimal("0.051724")
    assert made.total_cents == 1_000


@pytest.mark.parametrize(("days", "is_yearly"), [(1, False), (364, False), (365, True), (366, True)])
def test_no_rate_of_less_than_a_year_is_made_a_yearly_one(days: int, is_yearly: bool) -> None:
    made = gains(110_000, [(START, 100_000)], before=(110_000, 100_000), today=START + timedelta(days=days))

    assert (made.yearly_rate is not None) is is_yearly
    assert made.total_rate is not None
    assert abs(made.total_rate - Decimal("0.1")) < Decimal("0.0001")


def test_no_rate_is_a_negative_zero() -> None:
    made = gains(99_999_999, [(START, 100_000_000)], before=(100_000_000, 100_000_000), today=START)

    assert [str(rate) for rate in (made.day_rate, made.total_rate)] == ["0.000000", "0.000000"]
