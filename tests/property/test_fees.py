"""Any worth on any day: fees are exact, and grow with worth alone."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trading.billing.accrual.models import DayFee, Rates, days_of_year
from trading.platform.documents import dump, load

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 12, 31))
CENTS = st.integers(-(10**12), 10**15)
RATES = st.builds(
    Rates,
    yearly=st.decimals(Decimal(0), Decimal("0.2"), places=6),
    min_cents=st.integers(0, 100_000),
    exempt_cents=st.integers(0, 1_000_000),
)


@given(RATES, CENTS, DAYS)
def test_a_fee_is_the_exact_part_of_the_years(rates: Rates, cents: int, day: date) -> None:
    fee = rates.fee(cents, day)

    numerator, denominator = rates.yearly.as_integer_ratio()
    a_year = max(Fraction(cents * numerator, denominator), Fraction(rates.min_cents))
    assert fee == (a_year / days_of_year(day) if cents > rates.exempt_cents else 0)
    assert fee >= 0


@given(RATES, CENTS, st.integers(0, 10**12), DAYS)
def test_more_worth_never_costs_less(rates: Rates, cents: int, more: int, day: date) -> None:
    assert rates.fee(cents + more, day) >= rates.fee(cents, day)


@given(RATES, CENTS, DAYS, st.booleans())
def test_a_day_is_read_as_it_was_written(rates: Rates, cents: int, day: date, is_carried: bool) -> None:
    fee = DayFee(day, cents, day, is_carried=is_carried, fee=rates.fee(cents, day))

    assert load(DayFee, dump(fee)) == fee


@given(RATES, st.lists(CENTS, min_size=1, max_size=31), DAYS)
def test_the_order_of_days_does_not_matter_to_their_sum(rates: Rates, worth: list[int], day: date) -> None:
    fees = [rates.fee(cents, day) for cents in worth]

    assert sum(fees, Fraction(0)) == sum(reversed(fees), Fraction(0))
    assert round(sum(fees, Fraction(0))) >= 0
