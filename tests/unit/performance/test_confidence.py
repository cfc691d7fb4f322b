"""Intervals by circular blocks: drawn again alike, wide where days follow each other."""

import math

import pytest

from tests.unit.performance.test_metrics import V2
from trading.performance.confidence import block_length, interval_of_mean, interval_of_sharpe, quantile


def test_the_interval_of_a_published_vector() -> None:
    lower, upper = interval_of_mean(V2, "7") or (0, 0)

    assert [round(lower * 10_000), round(upper * 10_000)] == [pytest.approx(-11, abs=1), pytest.approx(21, abs=1)]


def test_the_same_seed_draws_the_same() -> None:
    assert interval_of_mean(V2, "a") == interval_of_mean(V2, "a")
    assert interval_of_mean(V2, "a") != interval_of_mean(V2, "b")


def test_days_that_follow_each_other_widen_the_interval() -> None:
    alternating = (0.01, -0.01) * 200
    runs = ((0.01,) * 20 + (-0.01,) * 20) * 10

    narrow, wide = interval_of_mean(alternating, "s"), interval_of_mean(runs, "s")

    assert narrow
    assert wide
    assert wide[1] - wide[0] > 5 * (narrow[1] - narrow[0])


@pytest.mark.parametrize(("days", "length"), [(3, 3), (20, 5), (125, 5), (126, 6), (216, 6), (1_000, 10), (2_520, 14)])
def test_blocks_grow_with_the_cube_root_of_the_days(days: int, length: int) -> None:
    assert block_length(days) == length


def test_what_does_not_vary_has_no_sharpe() -> None:
    assert interval_of_sharpe((0.01,) * 10, "s") is None
    assert interval_of_mean((0.01,), "s") is None
    assert interval_of_mean((0.01,) * 10, "s") == pytest.approx((0.01, 0.01))


def test_the_sharpe_lies_in_its_interval() -> None:
    interval = interval_of_sharpe(V2 * 13, "s")

    assert interval
    assert interval[0] < 0.92 < interval[1]
    assert all(math.isfinite(bound) for bound in interval)


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile((0.0, 1.0, 2.0, 3.0), 0.5) == 1.5
    assert quantile((7.0,), 0.975) == 7.0
