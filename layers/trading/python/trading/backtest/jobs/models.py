"""A back-test as a record: what was asked for, how far it is, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from trading.backtest.specification import BacktestSpecification

KEPT_FOR = timedelta(days=30)
MAX_SYMBOL_DAYS = 250_000
MAX_A_DAY = 20
MAX_ATTEMPTS = 2
LEASE = timedelta(minutes=16)
"""Longer than a worker lives: whoever holds a back-test beyond it is dead."""

WAITS_FOR = timedelta(days=1)
"""How long a back-test waits for market data, and how old one is that nobody works on any more."""

BACKTESTS_INTERRUPTED = "BacktestsInterrupted"
"""Counts each back-test that broke off as often as it is tried."""


class BacktestStatus(StrEnum):
    """Where a back-test is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: Mapping[BacktestStatus, frozenset[BacktestStatus]] = {
    BacktestStatus.QUEUED: frozenset({BacktestStatus.RUNNING, BacktestStatus.CANCELLED, BacktestStatus.FAILED}),
    BacktestStatus.RUNNING: frozenset(BacktestStatus),
    BacktestStatus.DONE: frozenset(),
    BacktestStatus.FAILED: frozenset(),
    BacktestStatus.CANCELLED: frozenset(),
}
"""A running one is queued again where its worker gives it back, and runs again where its worker died."""


class Failure(StrEnum):
    """Why a back-test failed."""

    TOO_LONG = "too_long"
    NO_DATA = "no_data"
    NO_MODEL = "no_model"
    MARKET_DATA_UNAVAILABLE = "market_data_unavailable"
    INTERRUPTED = "interrupted"


MEANINGS: Mapping[Failure, str] = {
    Failure.TOO_LONG: "It takes longer than 15 minutes. Ask for fewer symbols or a shorter time.",
    Failure.NO_DATA: "There are no prices of these symbols on these days.",
    Failure.NO_MODEL: "No model speaks for the exchange that could be read.",
    Failure.MARKET_DATA_UNAVAILABLE: "Prices could not be had for a day, or were refused. Please try again.",
    Failure.INTERRUPTED: "It broke off twice, for reasons of ours. Please tell support.",
}


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run came to. `absent` are symbols without any price; `was_in_sample` says that a model knew the days."""

    summary: Mapping[str, Any]
    hashed: str
    was_in_sample: bool
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """One back-test of a person.

    `done` of `total` days are traded. While it runs, `claim` names the worker whose it is until `lease_until` by the
    wall clock; of a finished one it is where its documents lie.
    """

    owner: str
    backtest_id: str
    specification: BacktestSpecification
    created_at: datetime
    total: int
    status: BacktestStatus = BacktestStatus.QUEUED
    done: int = 0
    attempts: int = 0
    claim: str | None = None
    lease_until: datetime | None = None
    failure: Failure | None = None
    finished_at: datetime | None = None
    findings: Findings | None = None
    version: int = 0
    expires_at: int = field(default=0)

    @property
    def is_open(self) -> bool:
        """Say whether it is queued or runs."""
        return bool(MOVES[self.status])

    @property
    def is_complete(self) -> bool:
        """Say whether it was done and its documents can be had."""
        return self.status is BacktestStatus.DONE

    def is_held_at(self, wall: datetime) -> bool:
        """Say whether a worker that may be alive is at it."""
        return self.status is BacktestStatus.RUNNING and self.lease_until is not None and wall < self.lease_until

    def is_stale_at(self, moment: datetime) -> bool:
        """Say whether it is open for longer than anything takes."""
        return self.is_open and moment - self.created_at > WAITS_FOR

    def claimed(self, claim: str, wall: datetime) -> "Backtest":
        """Return the back-test as a worker takes it."""
        until, attempts = wall + LEASE, self.attempts + 1
        return self._moved(BacktestStatus.RUNNING, claim=claim, lease_until=until, attempts=attempts, done=0)

    def released(self, *, counts: bool) -> "Backtest":
        """Return the back-test as a worker gives it back; only an attempt that failed for itself counts."""
        attempts = self.attempts if counts else self.attempts - 1
        return self._moved(BacktestStatus.QUEUED, claim=None, lease_until=None, attempts=attempts, done=0)

    def completed(self, findings: Findings, at: datetime) -> "Backtest":
        """Return the back-test with what it came to."""
        return self._ended(BacktestStatus.DONE, at, findings=findings, done=self.total)

    def failed(self, failure: Failure, at: datetime) -> "Backtest":
        """Return the back-test that came to nothing."""
        return self._ended(BacktestStatus.FAILED, at, failure=failure)

    def cancelled(self, at: datetime) -> "Backtest":
        """Return the back-test that its owner does not want any more."""
        return self._ended(BacktestStatus.CANCELLED, at)

    def at(self, done: int, total: int) -> "Backtest":
        """Return the back-test with so many of its days traded."""
        return replace(self, done=done, total=total)

    @property
    def next_version(self) -> "Backtest":
        """Return the back-test as it is written next."""
        return replace(self, version=self.version + 1)

    def _ended(self, status: BacktestStatus, at: datetime, **changes: Any) -> "Backtest":  # noqa: ANN401 - fields
        return self._moved(status, finished_at=at, lease_until=None, **changes)

    def _moved(self, status: BacktestStatus, **changes: Any) -> "Backtest":  # noqa: ANN401 - fields
        if status not in MOVES[self.status]:
            raise ValueError(f"a back-test that is {self.status} cannot be {status}")
        return replace(self, status=status, **changes)


@dataclass(frozen=True)
class Allowance:
    """How many back-tests a person asked for on a day, and the latest of them."""

    owner: str
    day: date | None = None
    count: int = 0
    latest: str | None = None
    version: int = 0

    def used_on(self, day: date) -> int:
        """Return how many were asked for on a day."""
        return self.count if self.day == day else 0

    def with_another(self, day: date, backtest_id: str) -> "Allowance":
        """Return the allowance after one more."""
        return replace(self, day=day, count=self.used_on(day) + 1, latest=backtest_id, version=self.version + 1)


@dataclass(frozen=True)
class Documents:
    """The documents of a run: everything as JSON, and days and trades as CSV."""

    everything: str
    days: str
    trades: str
