"""Autopilot runs in DynamoDB, and the indexes of which portfolios wait for what."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from trading.managed.models import ManagedPortfolio, RebalanceStage
from trading.managed.rows import (
    DUE,
    GROUP,
    MANAGED,
    OPEN_RUN,
    READY,
    RUN,
    read_portfolio,
    ready_on,
    run_row,
    running_in,
)
from trading.managed.runs.models import Run, RunState
from trading.managed.runs.rolls import read_roll, save_roll
from trading.platform.documents import load
from trading.platform.errors import StaleRecord
from trading.platform.ids import new_id
from trading.platform.people import PersonRow, all_due, everybody, is_unchanged, owner_of, partition, set_due
from trading.platform.shards import SHARDS
from trading.platform.sources import Sources

FORGOTTEN_AFTER = timedelta(minutes=10)
"""When a portfolio that is ready was submitted too long ago for a run to be on its way."""

_FAILED = "ConditionalCheckFailedException"


class DynamoRunStore:
    """Autopilot runs, and the portfolios that wait for one."""

    def find(self, run_id: str) -> Run | None:
        """Return a run, strongly consistent."""
        try:
            row = PersonRow.get(f"run#{run_id}", RUN, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return read_roll(load(Run, str(row.document)))

    def save(self, run: Run) -> Run:
        """Write a run's next version; return it.

        Whom it trades for is written before it, in rows that nothing but this version names.
        """
        written = replace(run, version=run.version + 1)
        if run.version == 0 or run.state is RunState.SENDING:
            written = replace(written, roll_id=new_id())
            save_roll(written)
        try:
            run_row(written).save(is_unchanged(run.version))
        except PutError as error:
            if error.cause_response_code == _FAILED:
                raise StaleRecord("The run changed meanwhile.") from error
            raise
        return written

    def unfinished(self) -> Iterator[str]:
        """Yield the ids of the runs that are not done."""
        for shard in range(SHARDS):
            for row in PersonRow.by_due.query(f"{OPEN_RUN}#{shard}"):
                yield str(row.pk).removeprefix("run#")

    def ready(self, until: datetime, limit: int) -> tuple[str, ...]:
        """Return the owners of portfolios that wait for a run."""
        return tuple(islice((owner_of(str(row.pk)) for row in all_due(READY, until)), limit))

    def due(self, until: datetime) -> Sources[str]:
        """Return the owners of portfolios that want a rebalance, with those that no run took."""
        forgotten = all_due(READY, until - FORGOTTEN_AFTER)
        return Sources((*all_due(DUE, until).parts, *forgotten.parts)).map(lambda row: owner_of(str(row.pk)))

    def everybody(self) -> Sources[str]:
        """Return the owners of all portfolios that are rebalanced at times."""
        return everybody(GROUP)

    def claim(self, owner: str, run_id: str, submitted_on: date) -> ManagedPortfolio | None:
        """Give a portfolio that is ready since a session's day to a run; None if it is not, or not any more.

        A portfolio that the run has already is given to it again.
        """
        mine = running_in(run_id)
        return _take(owner, mine, (PersonRow.status == ready_on(submitted_on)) | (PersonRow.status == mine))

    def hand_over(self, owner: str, from_run: str, to_run: str) -> None:
        """Give a portfolio of one run to another; one that is elsewhere by now stays there."""
        _take(owner, running_in(to_run), PersonRow.status == running_in(from_run))

    def in_flight(self, run_id: str, owners: tuple[str, ...]) -> tuple[str, ...]:
        """Return those owners whose portfolios a run still has, strongly consistent."""
        keys = [(partition(owner), MANAGED) for owner in owners]
        rows = PersonRow.batch_get(keys, consistent_read=True, attributes_to_get=["pk", "sk", "status"])
        return tuple(sorted(owner_of(str(row.pk)) for row in rows if row.status == running_in(run_id)))

    def release(self, owner: str, run_id: str, at: datetime) -> None:
        """Take a portfolio back from a run that is not carried out; a rebalance is due for it. Done again, nothing."""
        row = PersonRow(partition(owner), MANAGED)
        set_due(row, DUE, at)
        due = [PersonRow.due_key.set(row.due_key), PersonRow.due_at.set(row.due_at)]
        _update(row, RebalanceStage.IDLE, due, PersonRow.status == running_in(run_id))


def _take(owner: str, status: str, condition: Condition) -> ManagedPortfolio | None:
    row = PersonRow(partition(owner), MANAGED)
    nothing_due = [PersonRow.due_key.remove(), PersonRow.due_at.remove()]
    return read_portfolio(row) if _update(row, status, nothing_due, condition) else None


def _update(row: PersonRow, status: str, due: Sequence[Action], condition: Condition) -> bool:
    """Change a portfolio's status alone; return False where the condition does not hold."""
    actions = [PersonRow.status.set(status), PersonRow.version.set(PersonRow.version + 1), *due]
    try:
        row.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code == _FAILED:
            return False
        raise
    return True
