"""Flows by day: what went into something less what came out, as gains are reckoned by.

A record keeps the sum and the last day; each day lies in a row of its own, beside the record, so that the
record does not grow with its years. What was emptied begins a new life: rows of earlier ones count no more.
"""

from dataclasses import dataclass, replace
from datetime import date

Flow = tuple[date, int]


@dataclass(frozen=True)
class FlowLog:
    """The sum of flows of this life, and those of the last day. `is_new` until that day's row is written."""

    cents: int = 0
    life: int = 0
    last: Flow | None = None
    is_new: bool = False

    def added(self, cents: int, day: date) -> "FlowLog":
        """Return the log with a flow; one that comes late counts on the last day that is known."""
        if not cents:
            return self
        last_day, known = self.last or (day, 0)
        today = (day, cents) if day > last_day else (last_day, known + cents)
        return replace(self, cents=self.cents + cents, last=today, is_new=True)

    def emptied(self) -> "FlowLog":
        """Return the log of what begins anew."""
        return FlowLog(life=self.life + 1)

    def written(self) -> "FlowLog":
        """Return the log as it stands once its last day is written."""
        return replace(self, is_new=False)
