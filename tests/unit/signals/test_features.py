"""Each feature against plain Python that follows the table of formulas, word by word."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from tests.support.panels import TRADE_DATE, random_panel
from trading.signals.features import (
    BARS,
    FEATURES,
    RANKED,
    features_of,
    window_of,
)
from trading.signals.panel import DailyPanel

Bars = Sequence[float]
EVERYBODY = np.ones(1, dtype=bool)


def everybody(panel: DailyPanel) -> np.ndarray:
    return np.ones(len(panel.symbols), dtype=bool)


def scores(panel: DailyPanel, column: int = 0) -> dict[str, float]:
    row = features_of(window_of(panel, TRADE_DATE), everybody(panel))[column]
    return dict(zip(FEATURES, row.tolist(), strict=True))


def mean(values: Sequence[float], last: int) -> float:
    return statistics.fmean(values[-last:])


def ema(values: Sequence[float], span: int) -> list[float]:
    found = [values[0]]
    for value in values[1:]:
        found.append(found[-1] * (1 - 2 / (span + 1)) + value * 2 / (span + 1))
    return found


def worked_out(bars: Sequence[Bars], market: Sequence[float]) -> dict[str, float]:
    o, h, low, c, volume = bars
    r = [math.log(b / a) for a, b in pairwise(c)]
    g = [math.log(b / a) for a, b in zip(c[:-1], o[1:], strict=True)]
    d = [math.log(b / a) for a, b in zip(o, c, strict=True)]
    v = [math.log(1 + price * count) for price, count in zip(c, volume, strict=True)]
    ranges = [max(h[k] - low[k], abs(h[k] - c[k - 1]), abs(low[k] - c[k - 1])) for k in range(1, len(c))]
    places = [(2 * c[k] - h[k] - low[k]) / (h[k] - low[k]) for k in range(len(c))]
    up, down = mean([max(x, 0) for x in r], 14), mean([max(-x, 0) for x in r], 14)
    m = [a - b for a, b in zip(ema(c, 12), ema(c, 26), strict=True)]
    ret = {n: math.log(c[-1] / c[-1 - n]) for n in (1, 2, 5, 10, 20, 60)}
    vol = {n: statistics.stdev(r[-n:]) for n in (10, 20, 60)}
    spans = [math.log(a / b) ** 2 for a, b in zip(h, low, strict=True)]
    return {
        **{f"ret_{n}": ret[n] for n in ret},
        **{f"day_{n}": mean(d, n) for n in (1, 5, 20)},
        **{f"night_{n}": mean(g, n) for n in (5, 20)},
        "vol_10": vol[10],
        "vol_20": vol[20],
        "vol_ratio": math.log(vol[10] / vol[60]),
        "parkinson_20": math.sqrt(mean(spans, 20) / (4 * math.log(2))),
        "atr_14": mean(ranges, 14) / c[-1],
        "rsi_14": up / (up + down) - 0.5,
        "macd": (m[-1] - ema(m, 9)[-1]) / c[-1],
        "place_1": places[-1],
        "place_5": mean(places, 5),
        "dollars_20": mean(v, 20),
        "volume_1": v[-1] - mean(v, 20),
        "volume_5": mean(v, 5) - mean(v, 20),
        "high_20": math.log(c[-1] / max(h[-20:])),
        "low_20": math.log(c[-1] / min(low[-20:])),
        **{f"market_{n}": sum(market[-n:]) for n in (1, 5, 20)},
        "market_vol_20": statistics.stdev(market[-20:]),
        "rel_5": ret[5] - sum(market[-5:]),
        "rel_20": ret[20] - sum(market[-20:]),
        **{f"z_{n}": ret[n] / (vol[20] * math.sqrt(n)) for n in (1, 5, 20)},
        "beta_60": statistics.covariance(r, market) / statistics.variance(market),
    }


def series(panel: DailyPanel, column: int) -> list[list[float]]:
    names = ("open", "high", "low", "close", "volume")
    return [getattr(panel, name)[-BARS:, column].tolist() for name in names]


def market_of(panel: DailyPanel) -> list[float]:
    """Return the mean day return over all, of the last 60 sessions."""
    closes = [series(panel, column)[3] for column in range(len(panel.symbols))]
    returns = [[math.log(b / a) for a, b in pairwise(c)] for c in closes]
    return [statistics.fmean(day) for day in zip(*returns, strict=True)]


def test_each_formula_of_three_symbols() -> None:
    panel = random_panel(90, 3)

    for column in range(3):
        found = scores(panel, column)
        expected = worked_out(series(panel, column), market_of(panel))

        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert set(found) - set(expected) == {f"rank_{name}" for name in RANKED}
