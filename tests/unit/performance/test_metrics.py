"""Figures of returns and trades: published vectors, an exact second computation, and what is undefined."""

import math
import random
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate

import pytest

from trading.performance import metrics

V1 = (0.01, -0.02, 0.015, 0, -0.005, 0.02, -0.01, 0.005, 0, 0.012)
V2 = (
    *(-0.004, 0.006, -0.011, 0.003, 0.009, -0.002, 0, -0.007, 0.013, 0.001),
    *(-0.003, 0.004, 0.008, -0.015, 0.002, 0.006, -0.001, 0, 0.005, -0.006),
)
FIGURES = ("total", "annual", "volatility", "sharpe", "downside", "sortino", "max_drawdown", "calmar")
OF_V1 = (
    *(0.0266407844, 0.9397534361, 0.1941411857, 3.5046659338),
    *(0.1150217371, 5.9154036211, -0.02, 46.9876718),
)
OF_V2 = (
    *(0.0075771107, 0.0997817067, 0.1091829946, 0.9232206933),
    *(0.0762141719, 1.3225886666, -0.015, 6.6521137802),
)


def _figures(returns: Sequence[float]) -> dict[str, float | None]:
    return {
        "total": metrics.total_return(returns),
        "annual": metrics.annual_return(returns, min_sessions=1),
        "volatility": metrics.volatility(returns),
        "sharpe": metrics.sharpe(returns),
        "downside": metrics.downside(returns),
        "sortino": metrics.sortino(returns),
        "max_drawdown": metrics.max_drawdown(returns),
        "calmar": metrics.calmar(returns, min_sessions=1),
    }


@pytest.mark.parametrize(("returns", "expected"), [(V1, OF_V1), (V2, OF_V2)], ids=["V1", "V2"])
def test_the_figures_of_published_vectors(returns: Sequence[float], expected: Sequence[float]) -> None:
    assert _figures(returns) == pytest.approx(dict(zip(FIGURES, expected, strict=True)), rel=1e-9, abs=6e-11)


@pytest.mark.parametrize("days", [5, 60, 253])
@pytest.mark.parametrize("seed", range(4))
def test_the_figures_equal_an_exact_computation(days: int, seed: int) -> None:
    draws = random.Random(seed * 10_000 + days)  # noqa: S311 - the same days in each run
    returns = [round(draws.gauss(0.0003, 0.012), 6) for _ in range(days)]

    assert _figures(returns) == pytest.approx(_exact(returns), rel=1e-9)


def _exact(returns: Sequence[float]) -> dict[str, float]:
    """Compute with fractions, and roots of 60 digits."""
    parts = [Fraction(str(value)) for value in returns]
    n, mean = len(parts), sum(parts, Fraction()) / len(parts)
    variance = sum((part - mean) ** 2 for part in parts) / Fraction(n - 1)
    below = sum(min(part, Fraction()) ** 2 for part in parts) / Fraction(n)
    wealth = [Fraction(1)]
    for part in parts:
        wealth.append(wealth[-1] * (1 + part))
    deepest = min(now / peak - 1 for now, peak in zip(wealth, accumulate(wealth, max), strict=True))
    with localcontext() as context:
        context.prec = 60
        annual = (_decimal(wealth[-1]).ln() * 252 / n).exp() - 1
        figures = {
            "total": _decimal(wealth[-1] - 1),
            "annual": annual,
            "volatility": _decimal(variance * 252).sqrt(),
            "sharpe": _decimal(mean) * Decimal(252).sqrt() / _decimal(variance).sqrt(),
            "downside": _decimal(below * 252).sqrt(),
            "sortino": _decimal(mean * 252) / _decimal(below * 252).sqrt(),
            "max_drawdown": _decimal(deepest),
            "calmar": annual / abs(_decimal(deepest)),
        }
    return {name: float(value) for name, value in figures.items()}


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def test_figures_by_hand() -> None:
    halved_and_doubled = (1.0, -0.5, 0.5, -0.5)

    assert metrics.total_return(halved_and_doubled) == -0.25
    assert metrics.drawdowns(halved_and_doubled) == (0.0, -0.5, -0.25, -0.625)
    assert metrics.max_drawdown(halved_and_doubled) == -0.625
    assert metrics.downside(halved_and_doubled) == pytest.approx(math.sqrt(0.125 * 252), rel=1e-12)
    assert metrics.annual_return((0.1,) * 126, min_sessions=60) == pytest.approx(1.1**252 - 1, rel=1e-9)


def test_the_first_loss_counts_from_the_start() -> None:
    assert metrics.max_drawdown((-0.1, 0.05)) == pytest.approx(-0.1)


def test_nothing_is_infinite_or_nan() -> None:
    nothing = dict.fromkeys(FIGURES)

    assert _figures(()) == nothing
    assert _figures((0.01,)) == pytest.approx(
        {**nothing, "total": 0.01, "annual": 1.01**252 - 1, "downside": 0, "max_drawdown": 0}
    )
    assert _figures((0.1,) * 7)["sharpe"] is None
    assert _figures((0.0,) * 7) == dict.fromkeys(("total", "annual", "volatility", "downside", "max_drawdown"), 0.0) | {
        "sharpe": None,
        "sortino": None,
        "calmar": None,
    }
    assert metrics.annual_return((9.0,) * 3, min_sessions=1) == pytest.approx(10.0**252)
    assert metrics.annual_return((99.0,) * 3 + (99.0,), min_sessions=1) is None
    assert metrics.total_return((9.0,) * 400) is None
    assert metrics.max_drawdown((-1.0, 0.5)) == -1.0


def test_a_year_is_named_after_a_year_only() -> None:
    assert metrics.annual_return((0.001, -0.001) * 125 + (0.001,)) is None
    assert metrics.annual_return((0.001, -0.001) * 126) is not None
    assert metrics.calmar((0.001, -0.001) * 125) is None


def test_flows_before_the_open_are_no_return() -> None:
    returns = metrics.daily_returns(10_000, [10_100, 20_200, 0, 0, 500], [0, 9_900, -20_200, 0, 500])

    assert returns == pytest.approx((0.01, 0.01, 0.0))


def test_no_days_have_no_returns() -> None:
    assert metrics.daily_returns(1, ()) == ()


def test_the_figures_of_trades() -> None:
    pnls, costs = (10, -5, 0, 20), (1_000, 1_000, 500, 500)

    assert metrics.win_rate(pnls) == 0.5
    assert metrics.profit_factor(pnls) == 6
    assert metrics.net_bp(pnls, costs) == pytest.approx(25 / 3_000 * 10_000)
    assert metrics.exposure((500, 0, 250), (1_000, 1_000, 0)) == 0.25
    assert metrics.turnover(2_000 + 1_000, (1_000, 500, 1_500)) == pytest.approx(1.5 * 84)


def test_no_trades_have_no_figures() -> None:
    assert metrics.win_rate(()) is None
    assert metrics.profit_factor((1, 0)) is None
    assert metrics.profit_factor(()) is None
    assert metrics.net_bp((), ()) is None
    assert metrics.exposure((), ()) is None
    assert metrics.turnover(0, ()) is None
    assert metrics.turnover(10, (0, 0)) is None


def test_beta_is_the_slope_on_the_market() -> None:
    market = (0.01, -0.02, 0.03)

    assert metrics.beta([2 * value + 0.001 for value in market], market) == pytest.approx(2)
    assert metrics.beta(market, (0.01,) * 3) is None
    assert metrics.beta((), ()) is None
