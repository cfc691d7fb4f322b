"""The baseline: recommendations from daily bars alone, until a trained model is better. Needs numpy.

    y    20-day return / 20
    s    sample standard deviation of those 20 daily returns
    ATR  simple mean of the last 14 true ranges
    E    last close before the trade date

ATR and E are in dollars of the trade date, as adjusted bars are that were asked for on its morning.
"""

from dataclasses import dataclass

import numpy as np

from trading.signals.panel import Array, DailyPanel, LastBars

RETURN_DAYS = 20
ATR_DAYS = 14


@dataclass(frozen=True, eq=False)
class Signals:
    """What is expected of symbols (N): the return from open to close, and what confidence and distances rest on.

    A figure that cannot be computed is NaN.
    """

    expected: Array
    volatility: Array
    atr: Array
    previous_close: Array


def baseline(window: DailyPanel) -> Signals:
    """Return the baseline of a window's symbols, from their last 21 bars."""
    bars = LastBars.of(window, RETURN_DAYS + 1)
    if len(window) <= RETURN_DAYS:
        missing = np.full(len(window.symbols), np.nan)
        return Signals(missing, missing, missing, missing)
    with np.errstate(all="ignore"):
        closes = np.where(bars.close > 0, bars.close, np.nan)
        returns = closes[:, 1:] / closes[:, :-1] - 1
        return Signals(
            expected=(closes[:, -1] / closes[:, 0] - 1) / RETURN_DAYS,
            volatility=returns.std(axis=1, ddof=1),
            atr=bars.true_ranges[:, -ATR_DAYS:].mean(axis=1),
            previous_close=closes[:, -1],
        )
