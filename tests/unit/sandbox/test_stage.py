"""Which runs of the closer the calendar has anything to do for."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import NoReturn

from infra.catalogue import schedules
from sandbox.stage import CLOSER, LocalStage
from sandbox.timekeeper import due
from trading.automation.closer.models import OpenPosition
from trading.automation.closer.service import NOT_DUE, SweepJob
from trading.automation.portfolios.ports import Days
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, TradingDay

DAY, NEXT_DAY = datetime(2013, 2, 19, 5, tzinfo=UTC), datetime(2013, 2, 20, 5, tzinfo=UTC)
ROWS = {row.name: row for row, _ in schedules()}


class RegularDays:
    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        return trading_day(exchange, day)


class ClosedDays:
    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        return None


class NoPositions:
    def of(self, exchange: Exchange) -> "NoPositions":
        return self

    def through(self, make: object) -> list[object]:
        return []

    def __iter__(self) -> Iterator[OpenPosition]:
        return iter(())


def sweep(days: Days) -> SweepJob:
    def send(queue: str, work: Iterable[object]) -> int:
        return 0

    return SweepJob(NoPositions(), days, send)  # type: ignore[arg-type]


def nothing(indexes: object) -> NoReturn:
    raise AssertionError


def test_the_closer_is_due_at_those_moments_that_it_does_not_answer_not_due_to() -> None:
    for days in (RegularDays(), ClosedDays()):
        stage, job = LocalStage(nothing, lambda days=days: sweep(days)), sweep(days)  # type: ignore[misc]
        moments = [moment for moment, row, _ in due(DAY, NEXT_DAY) if row.name == CLOSER]

        found = [moment for moment in moments if stage.is_due(ROWS[CLOSER], moment)]

        assert found == [moment for moment in moments if job.sweep(moment) != NOT_DUE]
        assert 0 < len(found) < len(moments) / 2


def test_other_jobs_are_due_when_they_are_scheduled() -> None:
    stage = LocalStage(nothing, lambda: sweep(RegularDays()))

    assert all(stage.is_due(row, DAY) for name, row in ROWS.items() if name != CLOSER)


def test_a_closure_is_seen_once_closures_are_read_anew() -> None:
    days: list[Days] = [RegularDays(), ClosedDays()]
    stage = LocalStage(nothing, lambda: sweep(days.pop(0)))
    noon = datetime(2013, 2, 19, 18, tzinfo=UTC)

    open_at_noon = stage.is_due(ROWS[CLOSER], noon), stage.is_due(ROWS[CLOSER], noon)
    stage.forget_closures()

    assert (open_at_noon, len(days)) == ((False, False), 1)
    stage.is_due(ROWS[CLOSER], noon)
    assert days == []
