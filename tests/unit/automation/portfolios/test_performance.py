"""What a portfolio earned, from its snapshots."""

import math
from datetime import date, timedelta
from decimal import Decimal

import pytest

from trading.automation.portfolios.performance import MIN_RETURNS, day_returns, performance
from trading.automation.portfolios.ports import Snapshot
from trading.markets.indexes.models import IndexReturn

FIRST = date(2013, 1, 1)


def snapshot(day: int, value: int, invested: int) -> Snapshot:
    return Snapshot(FIRST + timedelta(days=day), value, invested, value - invested, Decimal(0))


def returns(*snapshots: Snapshot, first: date = FIRST) -> list[float | None]:
    return [day.value for day in day_returns(snapshots, first)]


def growing(rates: list[float]) -> list[Snapshot]:
    """Return snapshots whose days earned these rates on a dollar, before which there is one more."""
    value, found = 100_000_000.0, [snapshot(-1, 100_000_000, 100_000_000)]
    for number, rate in enumerate(rates):
        value *= 1 + rate
        found.append(snapshot(number, round(value), 100_000_000))
    return found


def test_the_first_day_earns_on_what_was_paid_in_for_it() -> None:
    assert returns(snapshot(0, 101_00, 100_00)) == [pytest.approx(0.01)]


def test_the_day_before_the_span_is_what_its_first_day_begins_with() -> None:
    found = day_returns([snapshot(-1, 200_00, 100_00), snapshot(0, 210_00, 100_00)], FIRST)

    assert [(day.snapshot.day, day.value) for day in found] == [(FIRST, pytest.approx(0.05))]


def test_money_that_comes_and_goes_earns_nothing_by_itself() -> None:
    paid_in, paid_out = snapshot(1, 300_00, 300_00), snapshot(2, 50_00, 50_00)

    assert returns(snapshot(0, 100_00, 100_00), paid_in, paid_out) == [0.0, 0.0, 0.0]


def test_a_day_after_all_was_withdrawn_has_no_return_and_the_next_deposit_starts_anew() -> None:
    emptied, idle, again = snapshot(1, 0, 0), snapshot(2, 0, 0), snapshot(3, 110_00, 100_00)

    assert returns(snapshot(0, 100_00, 100_00), emptied, idle, again) == [0.0, None, None, pytest.approx(0.1)]


def test_growth_chains_the_days_whatever_was_paid_in_between() -> None:
    days = day_returns(
        [snapshot(0, 110_00, 100_00), snapshot(1, 1_110_00, 1_100_00), snapshot(2, 999_00, 1_100_00)], FIRST
    )

    found = performance(days, (), None)

    assert [growth for _, growth in found.growth] == [Decimal("0.1"), Decimal("0.1"), Decimal("-0.01")]
    assert (found.time_weighted_return, found.max_drawdown) == (Decimal("-0.01"), Decimal("-0.1"))


@pytest.mark.parametrize(("number", "is_known"), [(MIN_RETURNS - 1, False), (MIN_RETURNS, True)])
def test_figures_of_risk_take_twenty_days(number: int, is_known: bool) -> None:
    rates = [0.01 if day % 2 else -0.02 for day in range(number)]
    index = [IndexReturn(FIRST + timedelta(days=day), Decimal(str(rate))) for day, rate in enumerate(rates)]

    found = performance(day_returns(growing(rates), FIRST), index, "QQQ")

    figures = (found.volatility, found.sharpe, found.sortino, found.beta)
    assert [figure is not None for figure in figures] == [is_known] * 4


def test_volatility_and_sharpe_are_yearly() -> None:
    rates = [0.01, -0.02] * 10

    found = performance(day_returns(growing(rates), FIRST), (), None)

    spread = 0.015 * math.sqrt(20 / 19)
    assert float(found.volatility or 0) == pytest.approx(spread * math.sqrt(252), rel=1e-5)
    assert float(found.sharpe or 0) == pytest.approx(-0.005 / spread * math.sqrt(252), rel=1e-5)


def test_beta_is_how_far_the_portfolio_goes_with_its_index() -> None:
    moves = [0.01, -0.02, 0.03, 0.0, -0.01] * 5
    index = [IndexReturn(FIRST + timedelta(days=day), Decimal(str(rate))) for day, rate in enumerate(moves)]

    found = performance(day_returns(growing([2 * rate for rate in moves]), FIRST), index, "QQQ")

    assert found.beta == Decimal(2)


def test_an_index_that_never_moves_or_is_not_known_gives_no_beta() -> None:
    days = day_returns(growing([0.01, -0.01] * 15), FIRST)
    still = [IndexReturn(FIRST + timedelta(days=day), Decimal(0)) for day in range(30)]

    assert performance(days, still, "QQQ").beta is None
    assert performance(days, (), "QQQ").beta is None


def test_a_day_without_a_snapshot_compares_with_all_that_the_index_did_meanwhile() -> None:
    moves = [0.01, -0.02, 0.03, 0.02, -0.01] * 10
    index = [IndexReturn(FIRST + timedelta(days=day), Decimal(str(rate))) for day, rate in enumerate(moves)]
    snapshots = [found for number, found in enumerate(growing(moves)) if number % 5 != 3]

    found = performance(day_returns(snapshots, FIRST), index, "QQQ")

    assert found.beta == Decimal(1)


def test_no_snapshot_at_all_gives_no_figure() -> None:
    found = performance((), (), "QQQ")

    assert list(found.growth) == []
    assert (found.time_weighted_return, found.max_drawdown, found.volatility, found.beta) == (None,) * 4


@pytest.mark.parametrize(
    ("closing", "withdrawn", "earned"), [(0, 99_00, -0.01), (1_00, 109_00, 0.1), (2_00, 100_00, 0.02)]
)
def test_what_a_day_earned_before_nearly_all_was_withdrawn_is_measured_by_what_it_began_with(
    closing: int, withdrawn: int, earned: float
) -> None:
    after = snapshot(1, closing, 100_00 - withdrawn)

    assert returns(snapshot(0, 100_00, 100_00), after) == [0.0, pytest.approx(earned)]


def test_a_loss_of_everything_is_one() -> None:
    assert returns(snapshot(0, 100_00, 100_00), snapshot(1, 0, 100_00)) == [0.0, -1.0]
