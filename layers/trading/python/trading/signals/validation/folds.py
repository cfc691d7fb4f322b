"""Walk-forward: folds of a year by date, each after a training that ends some sessions before it. Needs numpy.

|--------- training, 3 years or more ---------| 5 sessions |---- fold, a year ----|
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trading.signals.model.samples import Days

FIRST_TRAINING_YEARS = 3
FOLD_YEARS = 1
EMBARGO = 5


@dataclass(frozen=True)
class Fold:
    """Sessions by their places: training is [0, training_end), the fold [first, end)."""

    training_end: int
    first: int
    end: int


def folds(days: Days) -> Iterator[Fold]:
    """Yield the folds of sessions, each session after the first three years in one; the last may be short."""
    if not len(days):
        return
    start = days[0].astype("datetime64[D]")
    years = FIRST_TRAINING_YEARS
    while (first := _place(days, start, years)) < len(days):
        years += FOLD_YEARS
        yield Fold(max(0, first - EMBARGO), first, _place(days, start, years))


def _place(days: Days, start: np.datetime64, years: int) -> int:
    """Return the place of the first session that is at least so many years after the start."""
    month = start.astype("datetime64[M]")
    moved = (month + 12 * years).astype("datetime64[D]") + (start - month.astype("datetime64[D]"))
    return int(np.searchsorted(days.astype("datetime64[D]"), moved))
