"""Figures of predictions: against sums that are done in one's head."""

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tests.support.samples import planted
from trading.automation.day_trading.planner import rank
from trading.signals.model.artefact import Trial
from trading.signals.model.samples import Samples
from trading.signals.models import Recommendation
from trading.signals.validation.measures import clustered, daily_rank_ic, figures_of, ranks
from trading.signals.validation.trades import cost_shares, trades_of

TRIALS = (Trial("c", 0.01),)


def small(labels: list[float], expected: list[float], day: list[int], sessions: int = 3) -> tuple[Samples, np.ndarray]:
    days = np.busday_offset(np.datetime64("2020-01-02"), np.arange(sessions), roll="forward")
    ones = np.ones(len(labels))
    samples = Samples(days, np.array(day), ones[:, np.newaxis], np.array(labels), 0.02 * ones, 50 * ones, 0 * ones)
    return samples, np.array(expected)


def test_trades_of_a_day_are_one_draw() -> None:
    # two trades on the first day, one on the second: mean 2, sums of the days -2 and +2
    mean, error = clustered(np.array([0, 0, 1]), np.array([1.0, 1.0, 4.0]))

    assert mean == pytest.approx(2)
    assert error == pytest.approx(math.sqrt((-2) ** 2 + 2**2) / 3)


def test_one_day_has_no_error() -> None:
    assert clustered(np.array([4, 4]), np.array([1.0, 3.0])) == (2, None)
    assert clustered(np.array([], dtype=np.intp), np.array([])) == (None, None)


def test_the_brokers_cost_is_the_paper_brokers_own() -> None:
    assert cost_shares(np.array([10.0, 50.0, 100.0])) * 10_000 == pytest.approx([17, 11.4, 10.7])


def test_figures_are_of_the_trades_that_pass_the_rule() -> None:
    samples, expected = small([0.01, -0.002, 0.03], [0.004, 0.001, 0.004], [0, 0, 2])

    found = figures_of(samples, expected, np.zeros(3), TRIALS)

    assert (found.days, found.trades) == (3, 2)
    assert found.gross_bp == pytest.approx(200)
    assert found.net_bp == pytest.approx(188.6)
    assert found.net_bp_at_half_more == pytest.approx(200 - 1.5 * 11.4)
    assert found.net_bp_seed_costs == pytest.approx(180)
    assert found.net_bp_se == pytest.approx(100 * math.sqrt(2) / 2)
    assert found.net_t == pytest.approx(188.6 / (100 * math.sqrt(2) / 2))
    assert found.last_year_bp == pytest.approx(188.6)


def test_days_without_a_trade_count_as_nothing_earned() -> None:
    samples, expected = small([0.01, -0.002, 0.03], [0.004, 0.001, 0.004], [0, 0, 2])
    daily = trades_of(samples, expected).daily()

    assert daily == pytest.approx([0.00886, 0, 0.02886])
    assert figures_of(samples, expected, np.zeros(3), TRIALS).sharpe == pytest.approx(daily.mean() / daily.std(ddof=1))


def test_r2_is_measured_against_the_mean_of_the_training() -> None:
    samples, expected = small([0.01, -0.01, 0.02], [0.005, 0.005, 0.005], [0, 1, 2])
    means = np.full(3, 0.005)

    assert figures_of(samples, expected, means, TRIALS).r2 == 0
    assert (figures_of(samples, samples.labels, means, TRIALS).r2 or 0) == pytest.approx(1)
    assert (figures_of(samples, -samples.labels, means, TRIALS).r2 or 0) < 0


def test_ranks_share_what_is_equal() -> None:
    assert ranks(np.array([3.0, 1.0, 3.0, 9.0])).tolist() == [2.5, 1, 2.5, 4]


def test_rank_correlations_are_by_day() -> None:
    samples, _ = small([0.1, 0.2, 0.3, 0.4, 0.5] * 2, [0.0] * 10, [0] * 5 + [1] * 5)
    expected = np.array([1.0, 2, 3, 4, 5, 50, 40, 30, 20, 10])

    assert daily_rank_ic(samples, expected) == pytest.approx([1, -1])


def test_nothing_out_of_sample_has_no_figures() -> None:
    samples, expected = small([], [], [])

    assert figures_of(samples, expected, expected, TRIALS).trades == 0
    assert figures_of(samples, expected, expected, TRIALS).net_t is None


def test_what_is_not_traded_is_not_measured() -> None:
    samples, expected = small([0.01, 0.02], [0.0, float("nan")], [0, 1])

    assert figures_of(samples, expected, np.zeros(2), TRIALS).trades == 0


def test_the_rule_takes_what_the_planner_takes() -> None:
    samples = planted(0.3, seed=5, names=40, years=0.1)
    random = np.random.Generator(np.random.PCG64(5))
    samples = replace(
        samples,
        volatility=random.uniform(0.005, 0.04, len(samples)).round(8),
        price=random.uniform(5, 400, len(samples)).round(4),
    )
    expected = (0.006 * samples.features[:, 0]).round(8)

    taken = trades_of(samples, expected)

    assert len(taken.day) > 20
    for day in range(len(samples.days)):
        rows = np.flatnonzero(samples.day == day)
        chosen = rank(_recommendation(samples, expected, row) for row in rows).candidates
        dear = {str(row) for row in rows if expected[row] <= cost_shares(samples.price)[row]}
        assert {c.symbol for c in chosen} - dear == {
            str(row) for row in rows if (samples.labels[row] in taken.gross[taken.day == day])
        }


def _recommendation(samples: Samples, expected: np.ndarray, row: int) -> Recommendation:
    return Recommendation(
        symbol=str(row),
        predicted_return=Decimal(str(expected[row])),
        volatility=Decimal(str(samples.volatility[row])),
        atr=Decimal(str(round(0.02 * samples.price[row], 4))),
        previous_close=Decimal(str(samples.price[row])),
    )
