"""Features of a trade date, schema version 1: one function for training and for serving. Needs numpy.

What enters is each symbol's last 61 bars strictly before the trade date; they lie within 64 sessions, so that
up to three may be missing. How long the history is makes no difference, nor do other symbols that are not
eligible, nor the order of the columns: the same bars give the same bits.

    r day return      ln(C_k / C_k-1)       M market     mean r of the day over the eligible
    g night return    ln(O_k / C_k-1)       v            ln(1 + C V)
    d open to close   ln(C_k / O_k)         std          sample standard deviation
"""

import math
from collections.abc import Iterator
from datetime import date

import numpy as np

from trading.signals.panel import Array, DailyPanel, Flags, LastBars, Places

SCHEMA = 1
BARS = 61
WINDOW = 64
"""Sessions of a window: the bars, and what may be missing among them."""
MIN_RANKED = 20
BLOCK = 500

RANKED = ("night_5", "night_20", "day_20", "ret_1", "ret_5", "ret_20", "vol_20", "dollars_20")
FEATURES: tuple[str, ...] = (
    *(f"ret_{n}" for n in (1, 2, 5, 10, 20, 60)),
    *("day_1", "day_5", "day_20", "night_5", "night_20"),
    *("vol_10", "vol_20", "vol_ratio", "parkinson_20", "atr_14", "rsi_14", "macd", "place_1", "place_5"),
    *("dollars_20", "volume_1", "volume_5", "high_20", "low_20"),
    *("market_1", "market_5", "market_20", "market_vol_20", "rel_5", "rel_20", "z_1", "z_5", "z_20", "beta_60"),
    *(f"rank_{name}" for name in RANKED),
)

Columns = dict[str, Array]


def window_of(panel: DailyPanel, trade_date: date) -> DailyPanel:
    """Return the sessions that the features of a trade date are computed from: all strictly before it."""
    return panel.until(trade_date).last(WINDOW)


def features_of(window: DailyPanel, eligible: Flags) -> Array:
    """Return the features of the eligible symbols (N, F); a symbol that is not scored has NaN in all of them.

    Not scored is who is not eligible, has no 61 bars in the window, or has a feature that is not finite.
    """
    window = window.last(WINDOW)
    rows = np.full((len(window.symbols), len(FEATURES)), np.nan)
    places = _places(window, eligible)
    if places.size:
        rows[places] = _scored(window.columns(places))
    return rows


def _places(window: DailyPanel, eligible: Flags) -> Places:
    """Return the columns of the eligible symbols that have their bars, in the order of their symbols."""
    has_bars = eligible & (window.has_bar.sum(axis=0) >= BARS) & window.has_bar[-1:].any(axis=0)
    return np.asarray(sorted(np.flatnonzero(has_bars), key=lambda place: window.symbols[place]), dtype=np.intp)


def _scored(window: DailyPanel) -> Array:
    """Return the features of symbols that all have their bars (N, F)."""
    bars = LastBars.of(window, BARS)
    with np.errstate(all="ignore"):
        returns = _market_returns(bars)
        own = _blocks(bars, returns)
    finite = np.isfinite(own).all(axis=1)
    own[~finite] = np.nan
    ranks = np.full((len(own), len(RANKED)), np.nan)
    for column, name in enumerate(RANKED):
        ranks[finite, column] = centered_ranks(own[finite, FEATURES.index(name)])
    return np.hstack((own, ranks))


def _market_returns(bars: LastBars) -> Array:
    """Return the mean return of each of the last 60 sessions over the symbols with a finite one, or 0 (60)."""
    sessions = BARS - 1
    returns, place = bars.day_returns, bars.session[:, 1:] + sessions
    counts = np.isfinite(returns) & (place >= 0)
    by_session = np.zeros((sessions, len(returns)))
    symbol = np.broadcast_to(np.arange(len(returns))[:, np.newaxis], place.shape)
    by_session[place[counts], symbol[counts]] = returns[counts]
    result: Array = by_session.sum(axis=1) / np.maximum(np.bincount(place[counts], minlength=sessions), 1)
    return result


def _blocks(bars: LastBars, market: Array) -> Array:
    """Return all features but the ranks (N, F - R), block by block so that little memory is used at a time."""
    rows = np.empty((len(bars.close), len(FEATURES) - len(RANKED)))
    for start in range(0, len(rows), BLOCK):
        columns = _columns(bars.rows(slice(start, start + BLOCK)), market)
        rows[start : start + BLOCK] = np.stack([columns[name] for name in FEATURES[: -len(RANKED)]], axis=1)
    return rows


def _columns(bars: LastBars, market: Array) -> Columns:
    returns = bars.day_returns
    columns: Columns = {f"ret_{n}": np.log(bars.close[:, -1] / bars.close[:, -1 - n]) for n in (1, 2, 5, 10, 20, 60)}
    columns |= _halves(bars) | _volatilities(bars, returns) | _oscillators(bars, returns) | _volumes(bars)
    columns |= _market(bars, returns, market)
    root = {n: columns["vol_20"] * math.sqrt(n) for n in (1, 5, 20)}
    columns |= {f"z_{n}": columns[f"ret_{n}"] / root[n] for n in root}
    return columns | {f"rel_{n}": columns[f"ret_{n}"] - columns[f"market_{n}"] for n in (5, 20)}


def _halves(bars: LastBars) -> Columns:
    day = np.log(bars.close / bars.open)
    night = np.log(bars.open[:, 1:] / bars.close[:, :-1])
    days = {f"day_{n}": day[:, -n:].mean(axis=1) for n in (1, 5, 20)}
    return days | {f"night_{n}": night[:, -n:].mean(axis=1) for n in (5, 20)}


def _volatilities(bars: LastBars, returns: Array) -> Columns:
    deviations = {n: returns[:, -n:].std(axis=1, ddof=1) for n in (10, 20, 60)}
    span = np.log(bars.high[:, -20:] / bars.low[:, -20:])
    return {
        "vol_10": deviations[10],
        "vol_20": deviations[20],
        "vol_ratio": np.log(deviations[10] / deviations[60]),
        "parkinson_20": np.sqrt((span * span).mean(axis=1) / (4 * math.log(2))),
        "atr_14": bars.true_ranges[:, -14:].mean(axis=1) / bars.close[:, -1],
    }


def _oscillators(bars: LastBars, returns: Array) -> Columns:
    up = np.maximum(returns[:, -14:], 0).mean(axis=1)
    down = np.maximum(-returns[:, -14:], 0).mean(axis=1)
    moved = up + down
    high, low, close = bars.high[:, -5:], bars.low[:, -5:], bars.close[:, -5:]
    place = np.where(high == low, 0.0, (2 * close - high - low) / (high - low))
    highest, lowest = bars.high[:, -20:].max(axis=1), bars.low[:, -20:].min(axis=1)
    relative = bars.close / bars.close[:, -1:] - 1
    return {
        "rsi_14": np.where(moved == 0, 0.0, up / moved - 0.5),
        "macd": (relative * MACD_WEIGHTS).sum(axis=1),
        "place_1": place[:, -1],
        "place_5": place.mean(axis=1),
        "high_20": np.log(bars.close[:, -1] / highest),
        "low_20": np.log(bars.close[:, -1] / lowest),
    }


def _volumes(bars: LastBars) -> Columns:
    traded = np.log1p(bars.dollars[:, -20:])
    usual = traded.mean(axis=1)
    return {
        "dollars_20": usual,
        "volume_1": traded[:, -1] - usual,
        "volume_5": traded[:, -5:].mean(axis=1) - usual,
    }


def _market(bars: LastBars, returns: Array, market: Array) -> Columns:
    sums = {f"market_{n}": float(market[-n:].sum()) for n in (1, 5, 20)}
    same = {**sums, "market_vol_20": float(market[-20:].std(ddof=1))}
    columns = {name: np.full(len(returns), value) for name, value in same.items()}
    return columns | {"beta_60": _beta(bars, returns, market)}


def _beta(bars: LastBars, returns: Array, market: Array) -> Array:
    """Return cov(r, M) / var M over the bars that lie in the last 60 sessions."""
    place = bars.session[:, 1:] + len(market)
    weight = (place >= 0).astype(np.float64)
    count = weight.sum(axis=1, keepdims=True)
    of_market = market[np.maximum(place, 0)] * weight
    from_mean = (of_market - of_market.sum(axis=1, keepdims=True) / count) * weight
    result: Array = (from_mean * returns).sum(axis=1) / (from_mean * from_mean).sum(axis=1)
    return result


def centered_ranks(values: Array) -> Array:
    """Return (average rank - 1/2) / n - 1/2 of each value, between -1/2 and 1/2; all 0 when fewer than 20."""
    count = len(values)
    if count < MIN_RANKED:
        return np.zeros(count)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    average = np.cumsum(counts) - (counts - 1) / 2
    result: Array = (average[inverse] - 0.5) / count - 0.5
    return result


def _macd_weights() -> Array:
    """Return what each of 61 closes weighs in m - EMA9 m, where m = EMA12 - EMA26, all seeded at the first."""
    closes = np.eye(BARS)
    difference = _smoothed(closes, 12) - _smoothed(closes, 26)
    result: Array = (difference - _smoothed(difference, 9))[-1]
    return result


def _smoothed(series: Array, span: int) -> Array:
    return np.stack(list(_averages(series, 2 / (span + 1))))


def _averages(series: Array, share: float) -> Iterator[Array]:
    average = series[0]
    for value in series:
        average = average + share * (value - average)
        yield average


MACD_WEIGHTS = _macd_weights()
