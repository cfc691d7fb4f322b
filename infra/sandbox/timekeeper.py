"""The timekeeper: virtual time, and the schedules that it fires.

Schedules are deployed disabled. When time is moved, one heap of what comes next is walked: the
clock parameter is set to each due moment, the function is invoked with it, the queues are drained.
A job that only polls is fired while an index says that it has work; since nothing but runs changes
that while time is moved, the index is asked again only after something ran.
"""

import heapq
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from cronsim import CronSim

from infra.catalogue import FUNCTIONS, Function, Poll, Schedule, schedules
from infra.sandbox.queues import Queues
from trading.platform.aws import client
from trading.platform.clock import NEW_YORK, SystemClock, VirtualTime, rfc3339

PARAMETER = "/tiller/local/clock"
FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
FURTHEST = timedelta(days=400)
PATIENCE_SECONDS = max(function.timeout_seconds for function in FUNCTIONS) + 10


class BackwardsError(ValueError):
    """Raised when time would run backwards."""


class UnknownScheduleError(LookupError):
    """Raised when there is no schedule of a name."""


@dataclass
class Timekeeper:
    """Keeps the time of one sandbox."""

    queues: Queues
    _time: VirtualTime = field(default_factory=lambda: VirtualTime(SystemClock().now()))
    _reached: datetime = field(default_factory=lambda: SystemClock().now())
    _next_work: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(self, start: datetime) -> None:
        """Take up the time that was kept, or begin at `start`; setting it fires nothing."""
        try:
            self._time = VirtualTime.from_json(client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])
        except client("ssm").exceptions.ParameterNotFound:
            self._set(VirtualTime(start))
        self._reached = self.now()

    @property
    def is_running(self) -> bool:
        """Say whether the clock ticks with the wall clock."""
        return self._time.running_since is not None

    def now(self) -> datetime:
        """Return the business time."""
        return self._time.at(SystemClock().now())

    def run(self, *, running: bool) -> None:
        """Let the clock tick, or stop it where it stands."""
        with self._lock:
            self._reached = self.now()
            self._set(VirtualTime(self._reached, SystemClock().now() if running else None))

    def advance(self, to: datetime) -> list[dict[str, Any]]:
        """Move time, firing what falls due on the way; return the runs in order.

        A clock that ticks goes on ticking from there.

        Raises:
            BackwardsError: if `to` lies before now.
            ValueError: if it lies more than 400 days ahead.
        """
        with self._lock:
            now = self.now()
            if to < now:
                raise BackwardsError(f"time stands at {rfc3339(now)} and never runs backwards")
            if to > now + FURTHEST:
                raise ValueError(f"time stands at {rfc3339(now)}; one step is at most {FURTHEST.days} days")
            self._next_work.clear()
            was_running = self.is_running
            runs = [run for moment, row in _due(now, to) if (run := self._fire_if_needed(row, moment))]
            self.queues.drain()
            self._set(VirtualTime(to, SystemClock().now() if was_running else None))
            self._reached = to
            return runs

    def catch_up(self) -> None:
        """Fire what fell due while the clock ticked: each run sees the moment it was due at."""
        with self._lock:
            now = self.now()
            due = list(_due(self._reached, now)) if self.is_running else []
            self._reached = now
            try:
                for moment, row in due:
                    self._next_work.clear()
                    self._fire_if_needed(row, moment)
            finally:
                if due:
                    self._set(VirtualTime(now, SystemClock().now()))

    def fire(self, name: str, scheduled_at: datetime | None) -> dict[str, Any]:
        """Fire one schedule now, again if it already ran.

        Raises:
            UnknownScheduleError: if there is no such schedule.
        """
        row, schedule = next((pair for pair in schedules() if pair[0].name == name), (None, None))
        if row is None or schedule is None:
            raise UnknownScheduleError(f"there is no schedule {name}")
        with self._lock:
            return self._invoke(row, scheduled_at or _latest(schedule, self.now()), again=True)

    def _fire_if_needed(self, row: Function, moment: datetime) -> dict[str, Any] | None:
        schedule = row.trigger
        if isinstance(schedule, Schedule) and schedule.poll and not self._has_work(row.name, schedule.poll, moment):
            return None
        self._set(VirtualTime(moment))
        return self._invoke(row, moment, again=False)

    def _invoke(self, row: Function, moment: datetime, *, again: bool) -> dict[str, Any]:
        event = {"job": row.name, "scheduled_at": rfc3339(moment), **({"again": True} if again else {})}
        name = f"tiller-local-{row.area}-{row.name}".replace("_", "-")
        answer = _lambda().invoke(FunctionName=name, Payload=json.dumps(event).encode())
        result = json.loads(answer["Payload"].read() or b"null")
        self.queues.drain()
        self._next_work.clear()
        status = "failed" if answer.get("FunctionError") else "ok"
        return {"schedule": row.name, "scheduled_at": rfc3339(moment), "status": status, "result": result}

    def _has_work(self, name: str, poll: Poll, moment: datetime) -> bool:
        if name not in self._next_work:
            self._next_work[name] = _next_work(poll)
        return self._next_work[name] <= moment

    def _set(self, time: VirtualTime) -> None:
        self._time = time
        client("ssm").put_parameter(Name=PARAMETER, Value=time.to_json(), Type="String", Overwrite=True)


@cache
def _lambda() -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    # Jobs may take minutes, and one that is merely slow must not be invoked twice.
    make: Any = boto3.client
    return make("lambda", config=Config(read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1}))


def _next_work(poll: Poll) -> datetime:
    """Return the moment from which a polling job has work, by one look at its sparse index."""
    pages = (
        client("dynamodb").get_paginator("scan").paginate(TableName=f"tiller-local-{poll.table}", IndexName=poll.index)
    )
    items = [item for page in pages for item in page["Items"]]
    if poll.due_prefix is None:
        return datetime.min.replace(tzinfo=UTC) if items else FAR_FUTURE
    due = [int(item["due_at"]["N"]) for item in items if item["due_key"]["S"].startswith(poll.due_prefix)]
    return datetime.fromtimestamp(min(due), UTC) if due else FAR_FUTURE


def _due(after: datetime, until: datetime) -> Iterator[tuple[datetime, Function]]:
    """Yield what falls due after one moment and up to another, in order, ties in catalogue order."""
    rows = list(schedules())
    coming = [_moments(schedule, after) for _, schedule in rows]
    heap = [(next(moments), place) for place, moments in enumerate(coming)]
    heapq.heapify(heap)
    while heap[0][0] <= until:
        moment, place = heap[0]
        yield moment, rows[place][0]
        heapq.heapreplace(heap, (next(coming[place]), place))


def _moments(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    for moment in CronSim(unix_cron(schedule.cron), after.astimezone(NEW_YORK)):
        yield moment.astimezone(UTC)


def _latest(schedule: Schedule, now: datetime) -> datetime:
    next_minute = now.astimezone(NEW_YORK).replace(second=0, microsecond=0) + timedelta(minutes=1)
    latest: datetime = next(CronSim(unix_cron(schedule.cron), next_minute, reverse=True))
    return latest.astimezone(UTC)


def unix_cron(expression: str) -> str:
    """Return an EventBridge cron expression (minute to year) in the five fields of Unix."""
    fields = expression.split()[:5]
    return " ".join(re.sub(r"^(\d+)/(\d+)$", r"\1-59/\2", "*" if each == "?" else each) for each in fields)


def describe(keeper: Timekeeper, runs: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the clock's answer."""
    return {"now": rfc3339(keeper.now()), "running": keeper.is_running, "runs": runs}
