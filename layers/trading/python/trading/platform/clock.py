"""The clock: the only place where Tiller learns what time it is.

Business code takes a `Clock`. On AWS that is the wall clock. Where the stage names a clock
parameter, time is virtual: the parameter holds the moment that business time is at, and,
while the clock runs, the wall time it was set at. It is read once per invocation.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from trading.platform.settings import settings

NEW_YORK = ZoneInfo("America/New_York")


class Clock(Protocol):
    """Gives the time."""

    def now(self) -> datetime:
        """Return the current business time, aware, in UTC."""
        ...


@dataclass(frozen=True)
class FixedClock:
    """A clock that does not move."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment that the clock is at."""
        return self.moment


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True)
class VirtualTime:
    """Business time as the clock parameter keeps it."""

    moment: datetime
    running_since: datetime | None = None

    def at(self, wall: datetime) -> datetime:
        """Return the business time that belongs to a wall time."""
        return self.moment if self.running_since is None else self.moment + (wall - self.running_since)

    def to_json(self) -> str:
        """Return the text that the clock parameter holds."""
        since = self.running_since.isoformat() if self.running_since else None
        return json.dumps({"moment": self.moment.isoformat(), "running_since": since})

    @classmethod
    def from_json(cls, text: str) -> "VirtualTime":
        """Read the clock parameter's text."""
        raw = json.loads(text)
        since = raw["running_since"]
        return cls(datetime.fromisoformat(raw["moment"]), datetime.fromisoformat(since) if since else None)


@dataclass(frozen=True)
class ParameterClock:
    """Virtual time, kept in one parameter: stage `local` alone has it."""

    read: Callable[[], str]

    def now(self) -> datetime:
        """Return the business time that the parameter says."""
        return VirtualTime.from_json(self.read()).at(SystemClock().now())


def current_clock() -> Clock:
    """Return a clock for one invocation, with the time fixed at its first reading where it is virtual."""
    name = settings().clock_parameter
    if not name:
        return SystemClock()
    return FixedClock(ParameterClock(lambda: _parameter(name)).now())


def running_time() -> timedelta:
    """Return a time that only grows, to take differences of: it measures waiting, and is no business time."""
    return timedelta(seconds=time.monotonic())


def trading_date(moment: datetime) -> date:
    """Return the calendar day in New York that a moment belongs to."""
    return moment.astimezone(NEW_YORK).date()


def rfc3339(moment: datetime) -> str:
    """Return a moment as RFC 3339 text in UTC, with `Z`."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def minutes(count: int) -> timedelta:
    """Return a span of whole minutes."""
    return timedelta(minutes=count)


def _parameter(name: str) -> str:
    from trading.platform.aws import client  # noqa: PLC0415 - dev and prod never load it

    return str(client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
