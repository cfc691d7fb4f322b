"""The deployed stage as the timekeeper sees it: the clock parameter, the jobs, and what says whether they have work."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Protocol

import boto3
from botocore.config import Config

from infra.catalogue import FUNCTIONS, TABLES, Function, Poll
from sandbox.emulator import IndexEntries
from trading.automation.closer.service import SweepJob
from trading.automation.closer.wiring import sweep_job
from trading.brokerage.halt_rows import load_trading_halt
from trading.brokerage.halts import HaltStrength
from trading.markets.calendar import close_starts_at
from trading.markets.models import Exchange, TradingDay
from trading.markets.store import DynamoInstrumentStore
from trading.platform.aws import client
from trading.platform.clock import VirtualTime, trading_date

PREFIX = "tiller-local"
CLOSER = "sweep_positions"
PARAMETER = "/tiller/local/clock"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = max(function.timeout_seconds for function in FUNCTIONS) + 10


class Stage(Protocol):
    """What the timekeeper needs of a deployed stage."""

    def kept_time(self) -> VirtualTime | None:
        """Return the time that the clock parameter holds."""
        ...

    def keep_time(self, time: VirtualTime) -> None:
        """Set the clock parameter."""
        ...

    def invoke(self, job: Function, event: Mapping[str, Any]) -> tuple[bool, Any]:
        """Invoke a job; return whether it went well, and its result."""
        ...

    def next_work(self, polls: Sequence[Poll], now: datetime) -> list[datetime]:
        """Return the moments from which polling jobs have work, as seen now."""
        ...

    def is_due(self, job: Function, scheduled_at: datetime) -> bool:
        """Say whether a job whose schedule is a superset does anything at a moment."""
        ...

    def forget_closures(self) -> None:
        """Read anew, when it is next asked for, at what time exchanges close."""
        ...


@dataclass(frozen=True)
class LocalStage:
    """Stage `local`, in the emulator; `earliest` reads the earliest moment of each of some indexes."""

    earliest: Callable[[Sequence[IndexEntries]], list[int | None]]
    sweeps: Callable[[], SweepJob] = sweep_job
    _sweep: list[SweepJob] = field(default_factory=list)
    _closing_early: dict[date, datetime] = field(default_factory=dict)

    def kept_time(self) -> VirtualTime | None:
        """Return the time that the clock parameter holds."""
        try:
            return VirtualTime.from_json(client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])
        except client("ssm").exceptions.ParameterNotFound:
            return None

    def keep_time(self, time: VirtualTime) -> None:
        """Set the clock parameter."""
        client("ssm").put_parameter(Name=PARAMETER, Value=time.to_json(), Type="String", Overwrite=True)

    def invoke(self, job: Function, event: Mapping[str, Any]) -> tuple[bool, Any]:
        """Invoke a job; return whether it went well, and its result."""
        name = f"{PREFIX}-{job.area}-{job.name}".replace("_", "-")
        answer = _lambda().invoke(FunctionName=name, Payload=json.dumps(event).encode())
        return not answer.get("FunctionError"), json.loads(answer["Payload"].read() or b"null")

    def next_work(self, polls: Sequence[Poll], now: datetime) -> list[datetime]:
        """Return the moments from which polling jobs have work, by one look at all their sparse indexes."""
        found = self.earliest([_entries(poll) for poll in polls])
        return [self._early(poll, _moment(poll, moment), now) for poll, moment in zip(polls, found, strict=True)]

    def is_due(self, job: Function, scheduled_at: datetime) -> bool:
        """Ask the calendar what the closer would ask it: of its 45 runs a day it answers most that they are not due."""
        if job.name != CLOSER:
            return True
        if not self._sweep:
            self._sweep.append(self.sweeps())
        return any(True for _ in self._sweep[0].phases(scheduled_at))

    def forget_closures(self) -> None:
        """Read anew, when it is next asked for, at what time exchanges close."""
        self._closing_early.clear()
        self._sweep.clear()

    def _early(self, poll: Poll, first: datetime, now: datetime) -> datetime:
        if not poll.may_be_early or first is NEVER:
            return first
        if load_trading_halt().trading_strength is HaltStrength.FLATTEN:
            return ALWAYS
        today = trading_date(now)
        if today not in self._closing_early:
            self._closing_early[today] = closing_early(today)
        return min(first, self._closing_early[today])


def _entries(poll: Poll) -> IndexEntries:
    index = next(
        index for table in TABLES if table.name == poll.table for index in table.indexes if index.name == poll.index
    )
    return IndexEntries(f"{PREFIX}-{poll.table}", index.hash_key, index.range_key, poll.due_prefix)


def _moment(poll: Poll, moment: int | None) -> datetime:
    if moment is None:
        return NEVER
    return ALWAYS if poll.due_prefix is None else datetime.fromtimestamp(moment, UTC)


def closing_early(today: date) -> datetime:
    """Return from when on positions are sold on a day that some exchange cuts short."""
    closed = (DynamoInstrumentStore().closures(exchange, today).get(today) for exchange in Exchange)
    days = (TradingDay(Exchange.NYSE, today, moment, moment) for moment in closed if moment is not None)
    return min(map(close_starts_at, days), default=NEVER)


@cache
def _lambda() -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    # Jobs may take minutes, and one that is merely slow must not be invoked twice.
    make: Any = boto3.client
    return make("lambda", config=Config(read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1}))
