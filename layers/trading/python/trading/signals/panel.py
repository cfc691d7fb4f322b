"""Daily bars of many symbols as arrays: what features, labels and back-tests are computed from. Needs numpy.

Rows are sessions, columns are symbols. Prices are adjusted for splits and dividends, volume by the inverse,
so that price times volume stays dollars; `factor` leads back to what was really paid.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

FIELDS = ("open", "high", "low", "close", "volume", "factor")


@dataclass(frozen=True, eq=False)
class DailyPanel:
    """Adjusted bars of `symbols` (N) on `days` (T), oldest first; each array is (T, N), NaN where there is no bar.

    `factor` is raw price over adjusted price.
    """

    days: Days
    symbols: tuple[str, ...]
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    factor: Array

    def __len__(self) -> int:
        """Return the number of days."""
        return len(self.days)

    @property
    def has_bar(self) -> Flags:
        """Return where there is a bar (T, N)."""
        return ~np.isnan(self.close)

    @property
    def raw_close(self) -> Array:
        """Return the closes as they were paid (T, N)."""
        return self.close * self.factor

    @property
    def dollars(self) -> Array:
        """Return what was traded, in dollars (T, N)."""
        return self.close * self.volume

    def until(self, day: date | np.datetime64) -> "DailyPanel":
        """Return the days strictly before one."""
        return self._rows(slice(0, int(np.searchsorted(self.days, np.datetime64(str(day), "D"), side="left"))))

    def since(self, day: date | np.datetime64) -> "DailyPanel":
        """Return the days from one on."""
        return self._rows(slice(int(np.searchsorted(self.days, np.datetime64(str(day), "D"), side="left")), None))

    def last(self, count: int) -> "DailyPanel":
        """Return the last days, or all if they are fewer."""
        return self._rows(slice(max(0, len(self.days) - count), None))

    def of(self, symbols: Collection[str]) -> "DailyPanel":
        """Return the columns of some symbols, in the order they have here."""
        wanted = frozenset(symbols)
        return self.columns([place for place, symbol in enumerate(self.symbols) if symbol in wanted])

    def columns(self, places: Sequence[int] | Places) -> "DailyPanel":
        """Return the columns at some places, in the order of these."""
        names = tuple(self.symbols[place] for place in places)
        parts = {name: getattr(self, name)[:, places] for name in FIELDS}
        return replace(self, symbols=names, **parts)

    def _rows(self, rows: slice) -> "DailyPanel":
        parts = {name: getattr(self, name)[rows] for name in FIELDS}
        return replace(self, days=self.days[rows], **parts)


@dataclass(frozen=True, eq=False)
class LastBars:
    """The last bars of symbols, these along rows and bars along columns (N, n); NaN in front where they are fewer.

    `session` is where each bar lies in the panel, counted from its end: -1 is the last day. Along a row numbers
    lie side by side in memory: sums run over them in the same order however many symbols there are.
    """

    session: Places
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    factor: Array

    @classmethod
    def of(cls, panel: DailyPanel, count: int) -> "LastBars":
        """Return the last bars of a panel's symbols; days without a bar are passed over."""
        # A stable sort puts the missing days first and leaves the others in their order.
        order = np.argsort(panel.has_bar, axis=0, kind="stable")[-count:].T
        # What is picked by indices may lie in any order in memory.
        parts = {
            name: np.ascontiguousarray(np.take_along_axis(getattr(panel, name).T, order, axis=1)) for name in FIELDS
        }
        return cls(session=order - len(panel), **parts)

    def rows(self, rows: slice) -> "LastBars":
        """Return some of the symbols."""
        return LastBars(self.session[rows], **{name: getattr(self, name)[rows] for name in FIELDS})

    @property
    def day_returns(self) -> Array:
        """Return ln(C_k / C_k-1) of each bar but the first (N, n - 1)."""
        result: Array = np.log(self.close[:, 1:] / self.close[:, :-1])
        return result

    @property
    def true_ranges(self) -> Array:
        """Return max(H - L, |H - C_k-1|, |L - C_k-1|) of each bar but the first (N, n - 1)."""
        high, low, before = self.high[:, 1:], self.low[:, 1:], self.close[:, :-1]
        result: Array = np.maximum(high - low, np.maximum(np.abs(high - before), np.abs(low - before)))
        return result

    @property
    def dollars(self) -> Array:
        """Return what was traded, in dollars (N, n)."""
        return self.close * self.volume


def open_to_close(panel: DailyPanel) -> Array:
    """Return the labels: what each day returned from its open to its close (T, N)."""
    labels: Array = panel.close / panel.open - 1
    return labels
