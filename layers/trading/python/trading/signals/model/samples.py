"""Samples: what a strategy may learn from, a row for each symbol and trade date that could be traded. Needs numpy."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows in the order of their days.

    `days` (T) are all sessions, `day` (R) the place of a row's trade date in them, `features` (R, F) what was
    known before that date, `labels` (R) its return from open to close, `volatility` (R) and `price` (R) the
    standard deviation and the raw close that the strategy's rule goes by, `baseline` (R) what the baseline expects.
    A session may have no rows.
    """

    days: Days
    day: NDArray[np.intp]
    features: Array
    labels: Array
    volatility: Array
    price: Array
    baseline: Array

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.labels)

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """Return where each session's rows begin, and behind the last where they end (T + 1)."""
        return np.searchsorted(self.day, np.arange(len(self.days) + 1))

    def between(self, first: int, end: int) -> "Samples":
        """Return the rows of the sessions from `first` to before `end`; nothing is copied."""
        begin, stop = int(self.starts[first]), int(self.starts[end])
        rows = slice(begin, stop)
        return Samples(
            self.days[first:end],
            self.day[rows] - first,
            self.features[rows],
            self.labels[rows],
            self.volatility[rows],
            self.price[rows],
            self.baseline[rows],
        )

    def by_day(self) -> Iterator[slice]:
        """Yield the rows of each session that has any."""
        for begin, stop in zip(self.starts[:-1], self.starts[1:], strict=True):
            if stop > begin:
                yield slice(int(begin), int(stop))

    def date(self, place: int) -> date:
        """Return a session's date."""
        found: date = self.days[place].astype("datetime64[D]").item()
        return found

    @cached_property
    def digest(self) -> str:
        """Return a text that changes with any number in the samples."""
        total = hashlib.sha256()
        days = self.days.astype("datetime64[D]").astype(np.int64)
        for places in (days, self.day.astype(np.int64)):
            total.update(np.ascontiguousarray(places).tobytes())
        for column in (self.features, self.labels, self.volatility, self.price, self.baseline):
            total.update(np.ascontiguousarray(column).tobytes())
        return total.hexdigest()[:32]
