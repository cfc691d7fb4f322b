"""Runs of jobs over everybody, as rows of the inbox: whose they are, until when, and what is behind them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from trading.platform.clock import SystemClock, rfc3339
from trading.platform.errors import InvalidRequest, Unavailable
from trading.platform.inbox import KEPT_FOR, InboxRow
from trading.platform.last_runs import note_run
from trading.platform.observability import count
from trading.platform.sources import Start

LEASE = timedelta(minutes=6)
"""Longer than any job's timeout."""

MAX_TRIES = 20
ABANDONED_AFTER = timedelta(hours=26)
"""A run is abandoned when it is that old and was taken up that often without a page done: no day's outage does that."""

FREQUENT_TRIES, LATER_WAIT = 10, timedelta(hours=1)
"""How often a run is taken up once a lease, and how far apart after that."""

RUNNING, DONE, ABANDONED, NOT_DUE = "running", "done", "abandoned", "not_due"
DUPLICATE: Mapping[str, object] = {"status": "duplicate"}
OPEN_RUNS = "run"
_FAILED = "ConditionalCheckFailedException"


class RunTakenOver(Exception):
    """Raised when another invocation has taken a run over; this one is over."""


@dataclass(frozen=True)
class Cursor:
    """What of a run is done: parts with how much each sent, and where in the one at work the next page starts."""

    done: Mapping[str, int] = field(default_factory=dict)
    part: str | None = None
    start: Start | None = None
    sent: int = 0

    def start_of(self, part: str) -> Start | None:
        """Return where the next page of a part starts."""
        return self.start if part == self.part else None

    def after_page(self, part: str, sent: int, next_start: Start | None) -> "Cursor":
        """Return the cursor behind one more page of a part."""
        total = sent + (self.sent if part == self.part else 0)
        if next_start is None:
            return Cursor({**self.done, part: total})
        return Cursor(self.done, part, next_start, total)

    def to_json(self) -> str:
        """Return the cursor as the run's row keeps it."""
        start = dict(self.start) if self.start else None
        return json.dumps({"done": dict(self.done), "part": self.part, "start": start, "sent": self.sent})

    @classmethod
    def from_json(cls, text: str | None) -> "Cursor":
        """Read what a run's row keeps; one that has no page behind it keeps nothing."""
        return cls(**json.loads(text)) if text else cls()


@dataclass(frozen=True)
class RunRow:
    """One run as one invocation sees it. `delivery` is the same when Lambda tries an invocation again."""

    job: str
    scheduled_at: datetime
    delivery: str

    @property
    def run_id(self) -> str:
        """Return the key of the run's row."""
        return f"run#{self.job}#{rfc3339(self.scheduled_at)}"

    def claim(self, function: str, *, again: bool, continues: bool) -> Cursor | None:
        """Take the run; return how far it is, or None if there is nothing to do.

        Raises:
            Unavailable: if another delivery is at work, so that the scheduler comes again.
        """
        found = _find(self.run_id)
        if found is None or (again and found.reference != self.delivery):
            return self._begin(function, again=again)
        if found.status != RUNNING:
            return None
        if _is_hopeless(found):
            self._abandon(found, continues=continues)
            return None
        return self._take_over(continues=continues)

    def keep(self, cursor: Cursor) -> None:
        """Keep what is behind the run.

        Raises:
            RunTakenOver: if the run is another invocation's by now.
        """
        self._update([InboxRow.cursor.set(cursor.to_json()), InboxRow.tries.set(0), *_leased()])

    def free(self, *, at_once: bool = False) -> None:
        """Let anybody go on with the run; `resume_runs` does after a while, or when it runs next."""
        after = _now() + (0 if at_once else int(LEASE.total_seconds()))
        self._update([InboxRow.lease_until.set(0), InboxRow.due_at.set(after)])

    def finish(self, *, is_due: bool) -> None:
        """Mark the run done, and as its job's last one; one that was not due leaves no trace."""
        if is_due:
            note_run(self.job, self.scheduled_at)
        mine = (InboxRow.status == RUNNING) & (InboxRow.reference == self.delivery)
        row = InboxRow(self.run_id, status=DONE, expires_at=_expiry())
        try:
            row.save(mine) if is_due else row.delete(mine)
        except (PutError, DeleteError) as error:
            raise _taken_over(error) from error

    def _begin(self, function: str, *, again: bool) -> Cursor | None:
        until = _now() + int(LEASE.total_seconds())
        row = InboxRow(self.run_id, status=RUNNING, reference=self.delivery, lease_until=until, expires_at=_expiry())
        row.due_key, row.due_at, row.function, row.tries, row.begun_at = OPEN_RUNS, until, function, 1, _now()
        try:
            row.save(None if again else InboxRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == _FAILED:
                raise Unavailable("Another delivery of this run is at work.") from error
            raise
        return Cursor()

    def _take_over(self, *, continues: bool) -> Cursor | None:
        actions = [InboxRow.reference.set(self.delivery), InboxRow.tries.add(1), *_leased()]
        if not self._update_free(actions, InboxRow.status == RUNNING, continues=continues):
            return None
        found = _find(self.run_id)
        return Cursor.from_json(found.cursor if found else None)

    def _abandon(self, found: InboxRow, *, continues: bool) -> None:
        """Abandon a run as it was read; where somebody goes on with it meanwhile, it is theirs.

        Nobody finds it any more once that is written, so it is counted before: rather twice than never.
        """
        as_read = (InboxRow.status == RUNNING) & (InboxRow.tries == found.tries)
        if not self._update_free([InboxRow.reference.set(self.delivery), *_leased()], as_read, continues=continues):
            return
        count("RunsAbandoned", dimensions={"job": self.job})
        with suppress(RunTakenOver):
            self._update([InboxRow.status.set(ABANDONED), InboxRow.due_key.remove(), InboxRow.due_at.remove()])

    def _update_free(self, actions: Sequence[Action], condition: Condition, *, continues: bool) -> bool:
        """Update a run that nobody else is at work on; return False if a continuation may leave it to who is.

        Raises:
            Unavailable: if another delivery is at work, so that the scheduler comes again.
        """
        is_free = (InboxRow.lease_until < _now()) | (InboxRow.reference == self.delivery)
        try:
            self._update(actions, condition & is_free)
        except RunTakenOver:
            if continues:
                return False  # whoever is at work goes on, and dies not unseen
            raise Unavailable("Another delivery of this run is at work.") from None
        return True

    def _update(self, actions: Sequence[Action], condition: Condition | None = None) -> None:
        mine = (InboxRow.status == RUNNING) & (InboxRow.reference == self.delivery)
        try:
            InboxRow(self.run_id).update(actions=list(actions), condition=mine if condition is None else condition)
        except UpdateError as error:
            raise _taken_over(error) from error


@dataclass(frozen=True)
class LeftAlone:
    """A run that nobody is at work on, and the function that may go on with it."""

    job: str
    scheduled_at: datetime
    function: str


def left_alone() -> Iterator[LeftAlone]:
    """Yield the runs that are not done and whose lease has ended; each is left in peace for a while then."""
    for key in InboxRow.by_due.query(OPEN_RUNS, InboxRow.due_at <= _now()):
        row = _find(key.pk)
        if row is not None and row.status == RUNNING and row.function and _put_off(row):
            _, job, moment = key.pk.split("#", 2)
            yield LeftAlone(job, datetime.fromisoformat(moment), str(row.function))


def _put_off(row: InboxRow) -> bool:
    """Put off when a run is found again; return False if somebody went on with it since it was read."""
    wait = LEASE if int(row.tries or 0) <= FREQUENT_TRIES else LATER_WAIT
    later = InboxRow.due_at.set(_now() + int(wait.total_seconds()))
    try:
        row.update(actions=[later], condition=(InboxRow.status == RUNNING) & (InboxRow.due_at == row.due_at))
    except UpdateError as error:
        if error.cause_response_code == _FAILED:
            return False
        raise
    return True


def _is_hopeless(row: InboxRow) -> bool:
    is_old = _now() - int(row.begun_at or 0) >= ABANDONED_AFTER.total_seconds()
    return is_old and int(row.tries or 0) >= MAX_TRIES


def moment_of(event: Mapping[str, Any]) -> datetime:
    """Return the moment that a run was scheduled for.

    Raises:
        InvalidRequest: if the event has none, or one without its offset from UTC.
    """
    try:
        moment = datetime.fromisoformat(str(event["scheduled_at"]))
    except (KeyError, ValueError):
        raise InvalidRequest("A run needs the moment that it was scheduled for.") from None
    if moment.tzinfo is None:
        raise InvalidRequest("The moment of a run needs its offset from UTC.")
    return moment.astimezone(UTC)


def _find(run_id: str) -> InboxRow | None:
    try:
        return InboxRow.get(run_id, consistent_read=True)
    except InboxRow.DoesNotExist:
        return None


def _leased() -> list[Action]:
    until = _now() + int(LEASE.total_seconds())
    return [InboxRow.lease_until.set(until), InboxRow.due_at.set(until)]


def _taken_over(error: PutError | DeleteError | UpdateError) -> Exception:
    return RunTakenOver() if error.cause_response_code == _FAILED else error


def _now() -> int:
    return int(SystemClock().now().timestamp())


def _expiry() -> int:
    return int((SystemClock().now() + KEPT_FOR).timestamp())
