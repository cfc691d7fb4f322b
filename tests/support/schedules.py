"""Time that passes with everything that happens in it: the catalogue's schedules, and partners by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from infra.catalogue import TABLES, Poll, Schedule
from infra.catalogue.kinds import Index
from sandbox.timekeeper import due
from tests.support.direct_dynamodb import REGION
from tests.support.world import World
from trading.brokerage.halt_rows import load_trading_halt
from trading.brokerage.halts import HaltStrength
from trading.platform.errors import PartnerError
from trading.platform.tables import table_name

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass
class Schedules:
    """Fires what falls due, in order; a job that only polls is fired while its index has something for it.

    A run that fails is remembered: on AWS it is tried twice more, and then lies among the failed runs.
    """

    world: World
    failed: list[str] = field(default_factory=list)
    _next_work: dict[str, datetime] = field(default_factory=dict)

    def pass_by(self, span: timedelta) -> list[str]:
        """Let time pass; return the jobs that were fired."""
        until, self._next_work = self.world.now + span, {}
        return list(self._fired(until))

    def _fired(self, until: datetime) -> Iterator[str]:
        for moment, row, schedule in due(self.world.now, until):
            if self._let_partners_act(moment):
                self._next_work.clear()
            if self._has_work(row.name, schedule, moment):
                self.world.pass_to(moment)
                self._fire(row.name)
                self.world.work_off()
                self._next_work.clear()
                yield row.name
        self.world.pass_to(until)

    def _fire(self, name: str) -> None:
        try:
            self.world.fire(name, again=False)
        except PartnerError:
            self.failed.append(name)

    def _let_partners_act(self, moment: datetime) -> bool:
        coming = self.world.next_at()
        is_acting = coming is not None and coming <= moment
        if is_acting:
            self.world.pass_to(moment)
        return is_acting

    def _has_work(self, name: str, schedule: Schedule, moment: datetime) -> bool:
        if schedule.poll is None:
            return True
        if name not in self._next_work:
            self._next_work[name] = _next_work(schedule.poll)
        return self._next_work[name] <= moment


def _next_work(poll: Poll) -> datetime:
    """Return the moment from which a polling job has work, by one look at its index."""
    (index,) = (row for table in TABLES if table.name == poll.table for row in table.indexes if row.name == poll.index)
    entries = list(_entries(table_name(poll.table), index))
    if not entries:
        return NEVER
    if poll.due_prefix is None or (poll.may_be_early and _is_flattened()):
        return ALWAYS
    moments = (int(moment) for key, moment in entries if key.startswith(poll.due_prefix))
    return min((datetime.fromtimestamp(moment, UTC) for moment in moments), default=NEVER)


def _entries(table: str, index: Index) -> Iterator[tuple[str, str]]:
    """Yield the keys of an index's entries, past any client: every job is asked for, at each moment."""
    places = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[table].items.values()
    for item in chain.from_iterable(place.values() if isinstance(place, dict) else (place,) for place in places):
        if index.hash_key in item.attrs and index.range_key in item.attrs:
            yield item.attrs[index.hash_key].value, item.attrs[index.range_key].value


def _is_flattened() -> bool:
    return load_trading_halt().trading_strength is HaltStrength.FLATTEN
