"""Flows by day: what went into something less what came out, as gains are reckoned by.

A record keeps the sum and the last day; each day lies in a row of its own, beside the record, so that the
record does not grow with its years. What was emptied begins a new life: rows of earlier ones count no more.
"""

from dataclasses import dataclass, replace
from datetime import date

Flow = tuple[date, int]


@dataclass(frozen=True)
class FlowLog:
    """The sum of flows of this life, and those of the last day.

    `is_new` until that day's row is written, and it is the last: `unwritten` are days before, not written either.
    """

    cents: int = 0
    life: int = 0
    last: Flow | None = None
    is_new: bool = False
    unwritten: tuple[Flow, ...] = ()

    def added(self, cents: int, day: date) -> "FlowLog":
        """Return the log with a flow; one that comes late counts on the last day that is known."""
        if not cents:
            return self
        last_day, known = self.last or (day, 0)
        is_later = day > last_day
        today = (day, cents) if is_later else (last_day, known + cents)
        unwritten = self.new if is_later else self.unwritten
        return replace(self, cents=self.cents + cents, last=today, is_new=True, unwritten=unwritten)

    def emptied(self) -> "FlowLog":
        """Return the log of what begins anew."""
        return FlowLog(life=self.life + 1)

    @property
    def new(self) -> tuple[Flow, ...]:
        """Return the days that are not written yet, oldest first."""
        last = (self.last,) if self.is_new and self.last is not None else ()
        return (*self.unwritten, *last)

    def written(self, days: int) -> "FlowLog":
        """Return the log once so many of its new days are written, the oldest ones."""
        is_new = self.is_new and days < len(self.new)
        return replace(self, is_new=is_new, unwritten=self.unwritten[days:])
