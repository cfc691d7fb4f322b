"""How everything does, on one page for operators: a bounded number of requests, however many people there are."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from trading.markets.models import Exchange, TradingDay
from trading.platform.clock import NEW_YORK, Clock, trading_date
from trading.signals.models import Assessment, GateChange, Source
from trading.signals.ports import AssessmentStore, SignalStore

PLANNED_AT = time(9, 15)
"""When sessions are planned in New York: from then on a day without recommendations is one too late."""

MISSED_FOR = timedelta(days=7)
MAX_CLOSED_DAYS = 10
MAX_CHANGES = 20


@dataclass(frozen=True)
class Waiting:
    """What waits in the outbox: how many events, up to a bound, and since when the oldest does."""

    events: int
    oldest_at: str | None = None


@dataclass(frozen=True)
class SignalHealth:
    """An exchange's recommendations. They are `stale` if the last day that was planned had none."""

    exchange: Exchange
    trade_date: date | None
    is_stale: bool
    source: Source | None
    assessment: Assessment | None


@dataclass(frozen=True)
class Health:
    """How everything does. Jobs that never ran have no moment; counts by day and by exchange leave out zeros."""

    checked_at: datetime
    jobs: Mapping[str, datetime | None]
    open_runs: int
    deferred: int
    outbox: Waiting
    missed: Mapping[date, int]
    signals: tuple[SignalHealth, ...]
    left_open: Mapping[Exchange, int]
    gate_changes: tuple[GateChange, ...]


class HealthRows(Protocol):
    """Counts over everybody, each by sparse indexes, in a bounded number of requests."""

    def count_open_runs(self) -> int:
        """Return how many runs of jobs are not done."""
        ...

    def count_deferred(self) -> int:
        """Return how many messages wait for a partner to come back."""
        ...

    def find_waiting(self) -> Waiting:
        """Return what waits in the outbox."""
        ...

    def count_missed(self, since: date) -> Mapping[date, int]:
        """Return how many sessions were missed on each day since one."""
        ...

    def count_left_open(self, exchange: Exchange, before: date) -> int:
        """Return how many positions of days before one are not over."""
        ...


class Days(Protocol):
    """When exchanges trade."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None."""
        ...


@dataclass(frozen=True)
class HealthService:
    """Checks everything that should be as it is."""

    rows: HealthRows
    last_runs: Callable[[Collection[str]], Mapping[str, datetime]]
    signals: SignalStore
    assessments: AssessmentStore
    days: Days
    covered: frozenset[Exchange]
    strategy: Source
    jobs: tuple[str, ...]
    clock: Clock

    def check(self) -> Health:
        """Return how everything does now."""
        now, ran = self.clock.now(), self.last_runs(self.jobs)
        exchanges = sorted(self.covered)
        left_open = {
            exchange: self.rows.count_left_open(exchange, self._find_bound(exchange, now)) for exchange in exchanges
        }
        return Health(
            checked_at=now,
            jobs={job: ran.get(job) for job in self.jobs},
            open_runs=self.rows.count_open_runs(),
            deferred=self.rows.count_deferred(),
            outbox=self.rows.find_waiting(),
            missed=self.rows.count_missed(trading_date(now) - MISSED_FOR),
            signals=tuple(self._signals(exchange, now) for exchange in exchanges),
            left_open={exchange: count for exchange, count in left_open.items() if count},
            gate_changes=self.assessments.changes(MAX_CHANGES),
        )

    def _find_bound(self, exchange: Exchange, now: datetime) -> date:
        """Return the day before which no position may be open: tomorrow once today's session has closed."""
        today = trading_date(now)
        day = self.days.trading_day(exchange, today)
        return today + timedelta(days=1) if day is not None and now >= day.closes_at else today

    def _signals(self, exchange: Exchange, now: datetime) -> SignalHealth:
        day = next(self._find_planned_days(exchange, now), None)
        header = self.signals.header(exchange, day) if day else None
        known = self.assessments.find(exchange, self.strategy)
        is_stale = day is not None and header is None
        return SignalHealth(exchange, day, is_stale, header.source if header else None, known)

    def _find_planned_days(self, exchange: Exchange, now: datetime) -> Iterator[date]:
        """Yield the days with a session that should be planned by now, newest first."""
        today = trading_date(now)
        for age in range(MAX_CLOSED_DAYS):
            day = today - timedelta(days=age)
            is_due = now >= datetime.combine(day, PLANNED_AT, NEW_YORK).astimezone(UTC)
            if is_due and self.days.trading_day(exchange, day):
                yield day
