"""The timekeeper: virtual time, and the schedules that it fires.

Schedules are deployed disabled. When time is moved, one heap of what comes next is walked: the
clock parameter is set to each due moment, the function is invoked with it, the queues are drained.
A job that only polls is fired while an index says that it has work, and at moments that the calendar has
any for; since nothing but runs changes the indexes while time is moved, they are asked again, all at once,
only after something ran.
"""

import heapq
import re
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cronsim import CronSim

from infra.catalogue import Function, Poll, Schedule, schedules
from sandbox.queues import BROKER_EVENTS, NAMES, fed_by, reached_from
from sandbox.stage import Stage
from trading.platform.clock import NEW_YORK, Clock, SystemClock, VirtualTime, rfc3339

FURTHEST = timedelta(days=400)
ON_TIME = timedelta(0)
OUTBOX_SENDER = "send_outbox"
PARTNERS_REACH = reached_from({BROKER_EVENTS})
"""The queues that a partner's events go through."""


class BackwardsError(ValueError):
    """Raised when time would run backwards."""


class UnknownScheduleError(LookupError):
    """Raised when there is no schedule of a name."""


class Settles(Protocol):
    """The queues, as far as time is concerned."""

    def settle(self, names: Collection[str]) -> object:
        """Wait until nothing is visible in some queues, or at work."""
        ...


class Partner(Protocol):
    """A simulated partner, where things happen by themselves as time passes."""

    def next_at(self) -> datetime | None:
        """Return when something happens next."""
        ...

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment."""
        ...


@dataclass
class Timekeeper:
    """Keeps the time of one sandbox. Where a partner and a schedule are due at once, the partner comes first."""

    stage: Stage
    queues: Settles
    wall: Clock = field(default_factory=SystemClock)
    partners: list[Partner] = field(default_factory=list)
    _time: VirtualTime = field(init=False)
    _reached: datetime = field(init=False)
    disabled: set[str] = field(default_factory=set)
    _next_work: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(self, start: datetime) -> None:
        """Take up the time that was kept, or begin at `start`; setting it fires nothing."""
        kept = self.stage.kept_time()
        if kept is None:
            self._set(VirtualTime(start))
        else:
            self._time = kept
        self._reached = self.now()

    @property
    def is_running(self) -> bool:
        """Say whether the clock ticks with the wall clock."""
        return self._time.running_since is not None

    def now(self) -> datetime:
        """Return the business time."""
        return self._time.at(self.wall.now())

    def run(self, *, running: bool) -> None:
        """Let the clock tick, or stop it where it is."""
        with self._lock:
            self._stand_at(self.now(), running=running)

    def advance(self, to: datetime, *, lateness: timedelta = ON_TIME) -> list[dict[str, Any]]:
        """Move time, firing what falls due on the way; return the runs in order.

        Jobs fire late by `lateness`, if need be after `to`; time is then where the last one fired.
        What fell due in between fires next time. A clock that ticks goes on ticking from there.

        Raises:
            BackwardsError: if `to` lies before now.
            ValueError: if it lies more than 400 days ahead.
        """
        with self._lock:
            now, was_running = self.now(), self.is_running
            if to < now:
                raise BackwardsError(f"time stands at {rfc3339(now)} and never runs backwards")
            if to > now + FURTHEST:
                raise ValueError(f"time stands at {rfc3339(now)}; one step is at most {FURTHEST.days} days")
            # What was asked for before time moves happens before it moves.
            self.queues.settle(NAMES)
            runs = list(self._fire_due(min(self._reached, now), to, lateness))
            self.queues.settle(NAMES)
            self._stand_at(max(to, self._time.moment), running=was_running)
            self._reached = to
            return runs

    def catch_up(self) -> None:
        """Fire what fell due while the clock ticked: each run sees the moment it was due at."""
        with self._lock:
            if not self.is_running:
                return
            since, now = self._reached, self.now()
            self._reached = now
            ran = False
            try:
                ran = bool(list(self._fire_due(since, now)))
            finally:
                if ran or not self.is_running:
                    self._stand_at(now, running=True)

    def fire(self, name: str, scheduled_at: datetime | None) -> dict[str, Any]:
        """Fire one schedule now, again if it already ran.

        Raises:
            UnknownScheduleError: if there is no such schedule.
        """
        row, schedule = _schedule(name)
        with self._lock:
            return self._invoke(row, scheduled_at or latest(schedule, self.now()), again=True)

    def send_outbox(self) -> bool:
        """Have what waits in the outbox sent now; return False if nothing did."""
        row, schedule = _schedule(OUTBOX_SENDER)
        if row.name in self.disabled or schedule.poll is None or self._is_idle(schedule.poll):
            return False
        self.fire(row.name, None)
        return True

    def switch(self, name: str, *, enabled: bool) -> None:
        """Have a schedule fire when it is due, or never; what fell due meanwhile is not made up for.

        Raises:
            UnknownScheduleError: if there is no such schedule.
        """
        row, _ = _schedule(name)
        with self._lock:
            (self.disabled.discard if enabled else self.disabled.add)(row.name)

    def _fire_due(self, since: datetime, until: datetime, lateness: timedelta = ON_TIME) -> Iterator[dict[str, Any]]:
        self._next_work.clear()
        self.stage.forget_closures()  # operators change them, never what happens on the way
        for moment, row, schedule in due(since, until):
            if row.name in self.disabled:
                continue
            fires_at = max(moment + lateness, self._time.moment) if lateness else moment
            self._let_partners_act(fires_at)
            if schedule.poll is None or (self._has_work(row, fires_at) and self.stage.is_due(row, moment)):
                self._set(VirtualTime(max(fires_at, self._time.moment)))
                yield self._invoke(row, moment, again=False)
        self._let_partners_act(until)

    def _let_partners_act(self, until: datetime) -> None:
        """Let partners act up to a moment, one moment after the other: what they do may lead to more."""
        while (coming := min(filter(None, (partner.next_at() for partner in self.partners)), default=until)) <= until:
            acting = [partner for partner in self.partners if (at := partner.next_at()) is not None and at <= coming]
            if not acting:
                return
            self._set(VirtualTime(max(coming, self._time.moment)))
            for partner in acting:
                partner.advance(coming)
            self.queues.settle(PARTNERS_REACH)
            self._next_work.clear()

    def _invoke(self, row: Function, moment: datetime, *, again: bool) -> dict[str, Any]:
        event = {"job": row.name, "scheduled_at": rfc3339(moment), **({"again": True} if again else {})}
        went_well, result = self.stage.invoke(row, event)
        self.queues.settle(fed_by(row))
        self._next_work.clear()
        status = "ok" if went_well else "failed"
        return {"schedule": row.name, "scheduled_at": rfc3339(moment), "status": status, "result": result}

    def _has_work(self, row: Function, moment: datetime) -> bool:
        if not self._next_work:
            polls = {row.name: schedule.poll for row, schedule in schedules() if schedule.poll}
            self._next_work = dict(
                zip(polls, self.stage.next_work(list(polls.values()), self._time.moment), strict=True)
            )
        return self._next_work[row.name] <= moment

    def _is_idle(self, poll: Poll) -> bool:
        return self.stage.next_work([poll], self._time.moment)[0] > self.now()

    def _stand_at(self, moment: datetime, *, running: bool) -> None:
        self._set(VirtualTime(moment, self.wall.now() if running else None))
        self._reached = moment

    def _set(self, time: VirtualTime) -> None:
        self._time = time
        self.stage.keep_time(time)


def _schedule(name: str) -> tuple[Function, Schedule]:
    found = next((pair for pair in schedules() if pair[0].name == name), None)
    if found is None:
        raise UnknownScheduleError(f"there is no schedule {name}")
    return found


def due(after: datetime, until: datetime) -> Iterator[tuple[datetime, Function, Schedule]]:
    """Yield what falls due after one moment and up to another, in order, ties in catalogue order."""
    rows = list(schedules())
    coming = [_moments(schedule, after) for _, schedule in rows]
    heap = [(next(moments), place) for place, moments in enumerate(coming)]
    heapq.heapify(heap)
    while heap[0][0] <= until:
        moment, place = heap[0]
        yield moment, *rows[place]
        heapq.heapreplace(heap, (next(coming[place]), place))


def latest(schedule: Schedule, now: datetime) -> datetime:
    """Return the latest moment, up to now, at which a schedule was due."""
    next_minute = now.astimezone(NEW_YORK).replace(second=0, microsecond=0) + timedelta(minutes=1)
    moments = (next(CronSim(unix_cron(cron), next_minute, reverse=True)) for cron in schedule.crons)
    return max(moment.astimezone(UTC) for moment in moments)


def unix_cron(expression: str) -> str:
    """Return an EventBridge cron expression (minute to year) in the five fields of Unix."""
    fields = expression.split()[:5]
    return " ".join(re.sub(r"^(\d+)/(\d+)$", r"\1-59/\2", "*" if part == "?" else part) for part in fields)


def describe(keeper: Timekeeper, runs: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the clock's answer."""
    return {"now": rfc3339(keeper.now()), "running": keeper.is_running, "runs": runs}


def _moments(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    local = after.astimezone(NEW_YORK)
    for moment in heapq.merge(*(CronSim(unix_cron(cron), local) for cron in schedule.crons)):
        yield moment.astimezone(UTC)
