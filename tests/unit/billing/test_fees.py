"""What a day costs, exactly: the year's length, what is exempt, the least a year."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from trading.billing.accrual.models import (
    DayFee,
    Month,
    Rates,
    days_between,
    days_of_year,
    first_day,
    last_day,
    next_period,
    period_of,
    previous_period,
)

DEFAULT = Rates(Decimal("0.0096"), 0, 100_00)
WITH_LEAST = Rates(Decimal("0.0096"), 96_00, 100_00)


def month_of(rates: Rates, cents: int, period: str) -> Fraction:
    """Return what a month of constant worth costs."""
    days = days_between(first_day(period), last_day(period))
    return sum((rates.fee(cents, day) for day in days), Fraction(0))


@pytest.mark.parametrize(
    ("year", "days"), [(2011, 365), (2012, 366), (2013, 365), (2000, 366), (2100, 365), (2400, 366), (1900, 365)]
)
def test_a_year_has_its_days(year: int, days: int) -> None:
    assert {days_of_year(date(year, *month_and_day)) for month_and_day in ((1, 1), (2, 28), (12, 31))} == {days}


@pytest.mark.parametrize(
    ("day", "days"), [(date(2013, 2, 28), 365), (date(2012, 2, 29), 366), (date(2012, 12, 31), 366)]
)
def test_a_day_is_its_part_of_the_year(day: date, days: int) -> None:
    assert DEFAULT.fee(1_000_000, day) == Fraction(9_600, days)


def test_the_turn_of_a_leap_year_changes_the_days_part() -> None:
    assert DEFAULT.fee(1_000_000, date(2011, 12, 31)) == Fraction(9_600, 365)
    assert DEFAULT.fee(1_000_000, date(2012, 1, 1)) == Fraction(9_600, 366)


@pytest.mark.parametrize(
    ("period", "days", "year"),
    [("2013-02", 28, 365), ("2012-02", 29, 366), ("2013-04", 30, 365), ("2013-01", 31, 365), ("2012-12", 31, 366)],
)
def test_months_of_every_length_cost_their_days(period: str, days: int, year: int) -> None:
    assert month_of(DEFAULT, 1_000_000, period) == Fraction(9_600 * days, year)


@pytest.mark.parametrize("year", [2011, 2012])
def test_the_months_of_a_year_make_the_yearly_rate(year: int) -> None:
    months = [month_of(DEFAULT, 1_234_567, f"{year}-{month:02d}") for month in range(1, 13)]

    assert sum(months) == 1_234_567 * Fraction("0.0096")


@pytest.mark.parametrize(("dollars", "fee"), [(10_000, "8.1534"), (20_000, "16.3068"), (100, "0")])
@pytest.mark.parametrize("rates", [DEFAULT, WITH_LEAST])
def test_known_months_of_31_days(rates: Rates, dollars: int, fee: str) -> None:
    cents = month_of(rates, dollars * 100, "2013-01")

    assert abs(cents / 100 - Fraction(fee)) < Fraction(1, 20_000)


def test_a_hundred_dollars_are_exempt_and_a_cent_more_is_charged_in_full() -> None:
    day = date(2013, 2, 19)

    assert DEFAULT.fee(100_00, day) == 0
    assert DEFAULT.fee(100_01, day) == 10_001 * Fraction("0.0096") / 365


@pytest.mark.parametrize("cents", [0, 1, 99_99, -1, -1_000_000, -(10**15)])
def test_nothing_and_less_than_nothing_cost_nothing(cents: int) -> None:
    assert DEFAULT.fee(cents, date(2013, 2, 19)) == WITH_LEAST.fee(cents, date(2013, 2, 19)) == 0


@pytest.mark.parametrize(
    ("cents", "a_year"),
    [(100_00, 0), (100_01, 96_00), (999_999, 96_00), (1_000_000, 96_00), (1_000_100, "9600.96")],
)
def test_the_least_a_year_holds_up_to_where_the_rate_is_more(cents: int, a_year: int | str) -> None:
    assert WITH_LEAST.fee(cents, date(2013, 2, 19)) == Fraction(a_year) / 365


def test_large_worth_stays_exact() -> None:
    cents = 10**18 + 7

    assert DEFAULT.fee(cents, date(2012, 7, 1)) == Fraction(cents * 96, 10_000 * 366)


def test_a_month_adds_without_rounding() -> None:
    days = days_between(date(2013, 1, 1), date(2013, 1, 31))
    month = Month("2013-01")
    for day in days:
        month = month.with_day(DayFee(day, 33_333, day, is_carried=False, fee=DEFAULT.fee(33_333, day)))

    assert (month.days, month.fees) == (31, Fraction(33_333 * 96 * 31, 10_000 * 365))


def test_months_follow_each_other_over_years() -> None:
    period, seen = "2011-11", []
    for _ in range(4):
        seen.append((period, first_day(period).isoformat(), last_day(period).day))
        assert previous_period(next_period(period)) == period
        period = next_period(period)

    assert seen == [
        ("2011-11", "2011-11-01", 30),
        ("2011-12", "2011-12-01", 31),
        ("2012-01", "2012-01-01", 31),
        ("2012-02", "2012-02-01", 29),
    ]
    assert period_of(date(2012, 2, 29)) == "2012-02"
