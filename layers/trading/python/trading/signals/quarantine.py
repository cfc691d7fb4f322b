"""Quarantine: symbols whose closes look as if a split had not been taken into their bars. Needs numpy.

A close that moved beyond 60 %, or by within 3 % of a usual ratio of splits, on a day that traded like any
other (less than 3 times the 20-day median in dollars) and for which no corporate action is on file,
keeps its symbol out for 20 sessions. What really rose by 40 % passes; so does a crash, which trades a lot.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np

from trading.signals.panel import Array, DailyPanel, Flags, LastBars

SESSIONS = 20
MEDIAN_DAYS = 20
MAX_MOVE = 0.6
USUAL_RATIOS = tuple(new / old for new, old in ((1, 2), (1, 3), (2, 3), (1, 5), (1, 10)))
TOLERANCE = 0.03
BUSY_FROM = 3
ACTION_WITHIN = timedelta(days=4)
_ROUNDING = 1e-12


def unadjusted_splits(window: DailyPanel, bars: LastBars, actions_on: Mapping[str, Collection[date]]) -> Flags:
    """Return which symbols had a move in their last 20 bars that looks like a split nobody announced (N).

    `bars` are the last ones of the window, `actions_on` the ex-dates of corporate actions by symbol.
    """
    found = np.zeros(len(window.symbols), dtype=bool)
    for row, column in np.argwhere(_are_like_splits(bars)[:, -SESSIONS:]):
        place = bars.close.shape[1] - min(SESSIONS, bars.close.shape[1] - 1) + int(column)
        day = window.days[len(window) + bars.session[row, place]].item()
        known = any(abs(day - ex_date) <= ACTION_WITHIN for ex_date in actions_on.get(window.symbols[row], ()))
        found[row] |= not known and not _is_busy(bars.dollars[row], place)
    return found


def _are_like_splits(bars: LastBars) -> Flags:
    ratio = bars.close[:, 1:] / bars.close[:, :-1]
    is_usual = np.zeros(ratio.shape, dtype=bool)
    for split in USUAL_RATIOS:
        for usual in (split, 1 / split):
            is_usual |= np.abs(ratio / usual - 1) <= TOLERANCE + _ROUNDING
    result: Flags = is_usual | (np.abs(ratio - 1) > MAX_MOVE + _ROUNDING)
    return result


def _is_busy(dollars: Array, place: int) -> bool:
    before = dollars[max(0, place - MEDIAN_DAYS) : place]
    return bool(dollars[place] >= BUSY_FROM * np.median(before[~np.isnan(before)]))
