"""Sharpe ratios against the published vector, and against cases that can be seen through."""

import pytest

from trading.signals.validation.sharpe import Shape, deflated, expected_best, probabilistic, shape_of, spread_of

VECTOR = Shape(sharpe=0.095, days=1_250, skew=-0.3, kurtosis=5)


def test_the_vector_holds_to_its_digits() -> None:
    benchmark = expected_best(10, 0.0009)

    assert benchmark == pytest.approx(0.0472379, abs=5e-8)
    assert probabilistic(VECTOR) == pytest.approx(0.999510, abs=5e-7)
    assert probabilistic(VECTOR, benchmark) == pytest.approx(0.951257, abs=5e-7)


def test_one_trial_needs_no_deflation() -> None:
    assert expected_best(1, 0.0009) == 0
    assert deflated(VECTOR, 1, [0.095]) == probabilistic(VECTOR)


def test_more_trials_leave_less() -> None:
    found = [deflated(VECTOR, trials, [0.095, 0.02]) or 0.0 for trials in (1, 2, 10, 100)]

    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_the_spread_of_ratios_is_at_least_what_chance_makes() -> None:
    assert spread_of([0.05, 0.05], 400) == 1 / 400
    assert spread_of([], 400) == 1 / 400
    assert spread_of([0.0, 0.2], 400) == pytest.approx(0.02)


def test_the_shape_of_a_series_is_in_four_figures() -> None:
    shape = shape_of([0.01, -0.01, 0.02, 0.0, 0.03])

    assert shape is not None
    assert shape == Shape(pytest.approx(0.6324555), 5, pytest.approx(0.0, abs=1e-9), pytest.approx(1.7))


@pytest.mark.parametrize("returns", [[], [0.01], [0.0, 0.0, 0.0], [0.01, 0.01, 0.01]])
def test_a_series_that_does_not_vary_has_no_shape(returns: list[float]) -> None:
    assert shape_of(returns) is None


def test_a_ratio_whose_error_is_not_defined_is_none() -> None:
    assert probabilistic(Shape(sharpe=1.0, days=10, skew=5, kurtosis=1)) is None
