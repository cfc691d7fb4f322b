"""Samples from daily bars: each trade date's features, as they are served, beside what the day came to. Needs numpy.

The features of a day are those that `features_of` computes of its window, and who is eligible is decided by the
same window: neither training nor serving has a way of its own. Labels are of the day itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.signals.baseline import baseline
from trading.signals.features import FEATURES, WINDOW, features_of
from trading.signals.model.samples import Array, Samples
from trading.signals.panel import DailyPanel, Days, open_to_close
from trading.signals.universe import eligible, exclusions


def sample(panel: DailyPanel) -> Samples:
    """Return the samples of every trade date in a panel that has a whole window before it."""
    days = panel.days[WINDOW:]
    rows = _Rows.empty(len(days) * len(panel.symbols))
    labels = open_to_close(panel)
    for place in range(WINDOW, len(panel.days)):
        window = panel.until(panel.days[place]).last(WINDOW)
        features = features_of(window, eligible(window, exclusions(window)))
        rows.add(place - WINDOW, features, labels[place], window)
    return rows.samples(days)


@dataclass
class _Rows:
    """Room for the samples of all days; what is not used of it takes no memory."""

    day: NDArray[np.intp]
    features: Array
    labels: Array
    volatility: Array
    price: Array
    baseline: Array
    count: int = 0

    @classmethod
    def empty(cls, rows: int) -> "_Rows":
        features = np.empty((rows, len(FEATURES)))
        labels, volatility, price, baseline_ = (np.empty(rows) for _ in range(4))
        return cls(np.empty(rows, dtype=np.intp), features, labels, volatility, price, baseline_)

    def add(self, day: int, features: Array, labels: Array, window: DailyPanel) -> None:
        """Add the symbols of a day that are scored and were traded."""
        found = np.flatnonzero(np.isfinite(features[:, 0]) & np.isfinite(labels))
        room = slice(self.count, self.count + len(found))
        self.day[room], self.features[room], self.labels[room] = day, features[found], labels[found]
        signals = baseline(window)
        self.volatility[room], self.baseline[room] = signals.volatility[found], signals.expected[found]
        self.price[room] = window.raw_close[-1, found]
        self.count += len(found)

    def samples(self, days: Days) -> Samples:
        """Return what was added, of these sessions."""
        used = slice(0, self.count)
        return Samples(
            days=days,
            day=self.day[used],
            features=self.features[used],
            labels=self.labels[used],
            volatility=self.volatility[used],
            price=self.price[used],
            baseline=self.baseline[used],
        )
