"""Quarantine: symbols whose closes look as if a split had not been taken into their bars.

A close that moved beyond 60 %, or by within 3 % of a usual ratio of splits, on a day that traded like any
other (less than 3 times the 20-day median in dollars) and for which no corporate action is on file,
keeps its symbol out for 20 sessions. What really rose by 40 % passes; so does a crash, which trades a lot.
"""

import statistics
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from trading.markets.models import Bar

SESSIONS = 20
MEDIAN_DAYS = 20
MAX_MOVE = Decimal("0.60")
USUAL_RATIOS = tuple(Decimal(new) / old for new, old in ((1, 2), (1, 3), (2, 3), (1, 5), (1, 10)))
TOLERANCE = Decimal("0.03")
BUSY_FROM = 3
ACTION_WITHIN = timedelta(days=4)


def has_unadjusted_split(bars: Sequence[Bar], actions_on: Collection[date] = ()) -> bool:
    """Say whether a move of the last 20 sessions looks like a split that nobody announced.

    `bars` are in the order of their days, `actions_on` the ex-dates of the symbol's corporate actions.
    """
    first = max(1, len(bars) - SESSIONS)
    return any(
        _is_like_a_split(before, after) and not _is_busy(bars, first + number) and not _is_known(after, actions_on)
        for number, (before, after) in enumerate(pairwise(bars[first - 1 :]))
    )


def _is_like_a_split(before: Bar, after: Bar) -> bool:
    ratio = after.close / before.close
    is_usual = any(abs(ratio / usual - 1) <= TOLERANCE for split in USUAL_RATIOS for usual in (split, 1 / split))
    return is_usual or abs(ratio - 1) > MAX_MOVE


def _is_busy(bars: Sequence[Bar], number: int) -> bool:
    usual = [bar.close * bar.volume for bar in bars[max(0, number - MEDIAN_DAYS) : number]]
    traded = bars[number].close * bars[number].volume
    return traded >= BUSY_FROM * statistics.median(usual)


def _is_known(bar: Bar, actions_on: Collection[date]) -> bool:
    return any(abs(bar.day - ex_date) <= ACTION_WITHIN for ex_date in actions_on)
