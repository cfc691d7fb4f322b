"""The universe: which symbols a strategy may buy on a trade date, and why each other one it may not. Needs numpy.

Judged by the same window as the features, all of it before the trade date:

    no_recent_bar        no bar on the last session
    too_few_bars         fewer than 61 bars in 64 sessions, and so fewer than 58 in the last 61
    bad_bars             not 0 < L <= O, C <= H
    unadjusted_split     a move that looks like a split nobody announced (see `quarantine`)
    price_too_low        last close under $5, as it was paid
    volume_too_low       100,000 shares or fewer on the last session
    rarely_traded        a session without a trade among the last 5, or more than 2 among the last 20
    illiquid             a median of less than $5 m a day over 20 bars
    too_calm             vol_20 or ATR over E under 0.5 %: what it may earn is less than trading it costs

A symbol has the first reason that holds. What is quoted more than 20 bp wide is not entered either; that is
judged at the open, where the quotes are at hand.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

import numpy as np

from trading.signals.features import BARS, WINDOW
from trading.signals.models import Exclusion
from trading.signals.panel import Array, DailyPanel, Flags, LastBars
from trading.signals.quarantine import unadjusted_splits

MIN_PRICE = 5.0
MIN_VOLUME = 100_000
PRICE_PLACES, VOLUME_PLACES = 6, 3
"""What is paid and counted comes back from adjusted figures with an error in the last bits: at a bound it must not."""
NEVER_IDLE_DAYS, RARELY_IDLE_DAYS, MAX_IDLE = 5, 20, 2
LIQUIDITY_DAYS, MIN_DOLLARS = 20, 5_000_000.0
VOLATILITY_DAYS, RANGE_DAYS = 20, 14
MIN_VOLATILITY = 0.005

NO_ACTIONS: Mapping[str, Collection[date]] = {}


def exclusions(window: DailyPanel, actions_on: Mapping[str, Collection[date]] = NO_ACTIONS) -> Mapping[str, Exclusion]:
    """Return why symbols may not be bought, of those that may not.

    `actions_on` are the ex-dates of corporate actions on file, by symbol; they explain moves like splits.
    """
    window = window.last(WINDOW)
    found: dict[str, Exclusion] = {}
    with np.errstate(all="ignore"):
        for reason, is_met in _judged(window, actions_on):
            for place in np.flatnonzero(~is_met):
                found.setdefault(window.symbols[place], reason)
    return found


def eligible(window: DailyPanel, excluded: Collection[str]) -> Flags:
    """Return which symbols of a window are not excluded (N)."""
    return np.fromiter((symbol not in excluded for symbol in window.symbols), bool, len(window.symbols))


def usual_dollars(window: DailyPanel) -> Array:
    """Return the median of what is traded in a day, in dollars (N): NaN where a session of the last 20 has no bar."""
    if len(window) < LIQUIDITY_DAYS:
        return np.full(len(window.symbols), np.nan)
    with np.errstate(all="ignore"):
        return np.median(window.dollars[-LIQUIDITY_DAYS:], axis=0)


def _judged(window: DailyPanel, actions_on: Mapping[str, Collection[date]]) -> Iterator[tuple[Exclusion, Flags]]:
    """Yield each reason and who passes it (N), in the order in which reasons count. NaN never passes."""
    bars = LastBars.of(window, BARS)
    has_bar = window.has_bar
    yield Exclusion.NO_RECENT_BAR, has_bar[-1:].sum(axis=0) > 0
    yield Exclusion.TOO_FEW_BARS, has_bar.sum(axis=0) >= BARS
    if len(window) < BARS:
        return
    yield Exclusion.BAD_BARS, _are_possible(bars)
    yield Exclusion.UNADJUSTED_SPLIT, ~unadjusted_splits(window, bars, actions_on)
    yield from _judged_by_trade(window, bars)
    yield Exclusion.TOO_CALM, _moves_enough(bars)


def _judged_by_trade(window: DailyPanel, bars: LastBars) -> Iterator[tuple[Exclusion, Flags]]:
    yield Exclusion.PRICE_TOO_LOW, np.round(bars.close[:, -1] * bars.factor[:, -1], PRICE_PLACES) >= MIN_PRICE
    yield Exclusion.VOLUME_TOO_LOW, np.round(bars.volume[:, -1] / bars.factor[:, -1], VOLUME_PLACES) > MIN_VOLUME
    is_idle = ~(window.volume > 0)
    is_regular = ~is_idle[-NEVER_IDLE_DAYS:].any(axis=0) & (is_idle[-RARELY_IDLE_DAYS:].sum(axis=0) <= MAX_IDLE)
    yield Exclusion.RARELY_TRADED, is_regular
    yield Exclusion.ILLIQUID, np.median(bars.dollars[:, -LIQUIDITY_DAYS:], axis=1) >= MIN_DOLLARS


def _are_possible(bars: LastBars) -> Flags:
    lowest, highest = np.minimum(bars.open, bars.close), np.maximum(bars.open, bars.close)
    possible = (bars.low > 0) & (bars.low <= lowest) & (highest <= bars.high)
    return np.asarray(possible.all(axis=1))


def _moves_enough(bars: LastBars) -> Flags:
    volatility = bars.day_returns[:, -VOLATILITY_DAYS:].std(axis=1, ddof=1)
    span = bars.true_ranges[:, -RANGE_DAYS:].mean(axis=1) / bars.close[:, -1]
    moves: Flags = (volatility >= MIN_VOLATILITY) & (span >= MIN_VOLATILITY)
    return moves
