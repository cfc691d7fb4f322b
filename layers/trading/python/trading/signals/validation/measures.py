"""The figures of predictions that were made out of sample. Needs numpy.

Trades of a day are one draw: the error of a mean m = sum g / sum n is sqrt(sum over days of (g_d - m n_d)^2) / sum n.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trading.signals.figures import Figures
from trading.signals.model.artefact import Trial
from trading.signals.model.samples import Array, Samples
from trading.signals.validation.sharpe import Shape, deflated, probabilistic, shape_of
from trading.signals.validation.trades import Trades, trades_of

BP = 10_000
LAST_YEAR = 252
HALF_MORE = 1.5
MIN_RANKED = 5
"""How many symbols a day must have for its ranks to say anything."""


def figures_of(samples: Samples, expected: Array, means: Array, trials: Sequence[Trial]) -> Figures:
    """Return the figures of expected returns (R) of samples that no training saw.

    `means` (R) is the mean return of the training that each was made by; `trials` are all configurations ever
    tried, the one that is measured among them.
    """
    if not len(samples):
        return Figures(trials=len(trials))
    trades = trades_of(samples, expected)
    ic, ic_error = _mean_and_error(daily_rank_ic(samples, expected))
    shape = shape_of(trades.daily().tolist())
    return Figures(
        days=len(samples.days),
        trades=len(trades.day),
        since=samples.date(0),
        until=samples.date(-1),
        rank_ic=ic,
        rank_ic_se=ic_error,
        rank_ic_t=ratio(ic, ic_error),
        r2=_r2(samples.labels, expected, means),
        trials=len(trials),
        **_earnings(trades),
        **_ratios(shape, trials),
    )


def _earnings(trades: Trades) -> dict[str, float | None]:
    net, error = clustered(trades.day, trades.net())
    seed, seed_error = clustered(trades.day, trades.net_of_seed())
    recent = trades.day >= trades.sessions - LAST_YEAR
    year, year_error = clustered(trades.day[recent], trades.net()[recent])
    return {
        "gross_bp": _bp(clustered(trades.day, trades.gross)[0]),
        "net_bp": _bp(net),
        "net_bp_se": _bp(error),
        "net_t": ratio(net, error),
        "net_bp_at_half_more": _bp(clustered(trades.day, trades.net(times=HALF_MORE))[0]),
        "net_bp_seed_costs": _bp(seed),
        "net_bp_seed_costs_se": _bp(seed_error),
        "last_year_bp": _bp(year),
        "last_year_bp_se": _bp(year_error),
    }


def _ratios(shape: Shape | None, trials: Sequence[Trial]) -> dict[str, float | None]:
    if shape is None:
        return {}
    known = [trial.sharpe for trial in trials if trial.sharpe is not None]
    return {
        "sharpe": shape.sharpe,
        "psr": probabilistic(shape),
        "dsr": deflated(shape, len(trials), known),
    }


def clustered(day: NDArray[np.intp], values: Array) -> tuple[float | None, float | None]:
    """Return the mean of values and its standard error, values of a day being one draw; None without any."""
    if not len(values):
        return None, None
    mean = float(values.mean())
    sums = np.bincount(day, weights=values - mean)
    error = math.sqrt(float((sums**2).sum())) / len(values)
    return mean, error if len(np.unique(day)) > 1 else None


def daily_rank_ic(samples: Samples, expected: Array) -> Array:
    """Return each day's rank correlation of what was expected and what came, of days with enough symbols."""
    found = [
        _correlation(ranks(expected[rows]), ranks(samples.labels[rows]))
        for rows in samples.by_day()
        if rows.stop - rows.start >= MIN_RANKED
    ]
    return np.array([value for value in found if value is not None])


def correlation(one: Array, other: Array) -> float | None:
    """Return the correlation of two columns, or None where one of them does not vary."""
    return _correlation(one, other)


def ranks(values: Array) -> Array:
    """Return ranks from 1 on, equal values sharing their average."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    averages: Array = ends - (counts - 1) / 2
    return averages[inverse]


def ratio(value: float | None, error: float | None) -> float | None:
    """Return how many standard errors a value is from 0, or None where that is not defined."""
    return value / error if value is not None and error else None


def _correlation(one: Array, other: Array) -> float | None:
    first, second = one - one.mean(), other - other.mean()
    scale = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / scale if scale > 0 else None


def _mean_and_error(values: Array) -> tuple[float | None, float | None]:
    if len(values) < 2:  # noqa: PLR2004 - one value has no error
        return None, None
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))


def _r2(labels: Array, expected: Array, means: Array) -> float | None:
    total = float(((labels - means) ** 2).sum())
    return 1 - float(((labels - expected) ** 2).sum()) / total if total > 0 else None


def _bp(value: float | None) -> float | None:
    return None if value is None else value * BP
