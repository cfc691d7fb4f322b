"""Autopilot runs in DynamoDB, and the indexes that tell which portfolios wait for what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import chain, islice

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition

from trading.managed.models import ManagedPortfolio
from trading.managed.rebalancing.models import Run
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
    stands_at,
)
from trading.platform.documents import load
from trading.platform.errors import StaleRecord
from trading.platform.people import SHARDS, PersonRow, owner_of, partition

_FAILED = "ConditionalCheckFailedException"


class DynamoRunStore:
    """Autopilot runs, and the portfolios that wait for one."""

    def find(self, run_id: str) -> Run | None:
        """Return a run, strongly consistent."""
        try:
            row = PersonRow.get(f"run#{run_id}", RUN, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(Run, str(row.document))

    def save(self, run: Run) -> Run:
        """Write a run's next version; return it."""
        written = replace(run, version=run.version + 1)
        try:
            run_row(written).save(stands_at(run.version))
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
        return tuple(islice(chain.from_iterable(_due(READY, until)), limit))

    def due(self, until: datetime) -> Iterator[str]:
        """Yield the owners of portfolios that want a pass."""
        return chain.from_iterable(_due(DUE, until))

    def everybody(self) -> Iterator[str]:
        """Yield the owners of all portfolios that passes have to look at."""
        for shard in range(SHARDS):
            for row in PersonRow.by_group.query(f"{GROUP}#{shard}"):
                yield owner_of(str(row.pk))

    def claim(self, owner: str, run_id: str, told_on: date) -> ManagedPortfolio | None:
        """Give a portfolio that is ready since a session's day to a run; None if it is not, or not any more.

        A portfolio that the run has already is given to it again.
        """
        mine = running_in(run_id)
        return _take(owner, mine, (PersonRow.status == ready_on(told_on)) | (PersonRow.status == mine))

    def hand_over(self, owner: str, from_run: str, to_run: str) -> None:
        """Give a portfolio of one run to another; one that is elsewhere by now stays there."""
        _take(owner, running_in(to_run), PersonRow.status == running_in(from_run))


def _take(owner: str, status: str, condition: Condition) -> ManagedPortfolio | None:
    row = PersonRow(partition(owner), MANAGED)
    try:
        row.update(
            actions=[
                PersonRow.status.set(status),
                PersonRow.version.set(PersonRow.version + 1),
                PersonRow.due_key.remove(),
                PersonRow.due_at.remove(),
            ],
            condition=condition,
        )
    except UpdateError as error:
        if error.cause_response_code == _FAILED:
            return None
        raise
    return read_portfolio(row)


def _due(kind: str, until: datetime) -> Iterator[Iterator[str]]:
    for shard in range(SHARDS):
        rows = PersonRow.by_due.query(f"{kind}#{shard}", PersonRow.due_at <= int(until.timestamp()))
        yield (owner_of(str(row.pk)) for row in rows)
