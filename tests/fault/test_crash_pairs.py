"""A process dies, and so does the one that repairs it: the day still ends flat, or is seen, and the ledger is equal.

Every place of a step is paired with places of what comes after it: the same step once more, the next one,
or another worker's. What ends the day are the jobs, by what their indexes show, which may be a minute old.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest

from tests.support.crashes import Crash, Crashes, cut_in
from tests.support.quotes import quoted
from tests.support.sweeping import found, sweep
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, DueMarks, PortfolioKey, Task
from trading.automation.portfolios.sessions import SETTLED, SessionStatus
from trading.markets.models import Exchange
from trading.platform.errors import StaleRecord

pytestmark = pytest.mark.usefixtures("aws")

MINUTE = timedelta(minutes=1)
SWEEPING = CLOSING + 10 * MINUTE
STRIDE = 7
EXHAUSTIVE = pytest.mark.exhaustive
Step = Callable[[], object]

REPAIRS = {
    "plan": ("plan", "enter"),
    "enter": ("enter", "exit", "close", "sweep"),
    "exit": ("exit", "close", "sweep"),
    "close": ("close", "sweep"),
    "sweep": ("sweep", "close"),
}
BEFORE = {
    "plan": (),
    "enter": ("plan",),
    "exit": ("plan", "enter"),
    "close": ("plan", "enter"),
    "sweep": ("plan", "enter"),
}
"""The steps that a day has behind it when a step comes."""


@dataclass
class Days:
    """Many portfolios that live the same day, each with troubles of its own."""

    harness: TradingDayHarness
    crashes: Crashes
    settings: DayTradingSettings = field(default_factory=DayTradingSettings)
    keys: list[PortfolioKey] = field(default_factory=list)

    def until(self, name: str) -> PortfolioKey:
        """Return a new portfolio whose day came as far as a step."""
        key = self.harness.portfolio(self.settings).key
        self.keys.append(key)
        for step in BEFORE[name]:
            self.step(key, step)()
        return key

    def step(self, key: PortfolioKey, name: str) -> Step:
        """Return one step of a portfolio's day."""
        harness = self.harness
        steps: dict[str, Step] = {
            "plan": lambda: harness.at(PLANNED).plan(key, DAY),
            "enter": lambda: harness.at(OPENED).enter(key, DAY),
            "exit": lambda: harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", 140, NOON)]),
            "close": lambda: harness.at(CLOSING).close(key, DAY),
            "sweep": lambda: sweep(harness, key, SWEEPING),
        }
        return steps[name]

    def dies_at(self, place: int, step: Step) -> bool:
        """Run a step that dies at a place; return whether it has so many."""
        self.crashes.sides, self.crashes.at = 0, place
        try:
            step()
        except Crash:
            return True
        except StaleRecord:
            return False  # somebody else was quicker each time; the message comes again
        finally:
            self.crashes.at = None
        return False

    def end(self, *, lag: bool) -> None:
        """End the day by its jobs, minute by minute; where indexes lag, by what they showed a minute before."""
        before = self._due(CLOSING)
        for minute in range(5):
            moment = CLOSING + minute * MINUTE
            now = self._due(moment)
            for key in before if lag else now:
                with suppress(StaleRecord):
                    self.harness.at(moment).close(key, DAY)
            before = now
        for work in found(SWEEPING)[0]:
            sweep(self.harness, work.key, SWEEPING)
        for key in self._due(SWEEPING + MINUTE):
            self.harness.at(SWEEPING + MINUTE).close(key, DAY)

    def assert_flat(self) -> None:
        """Hold every portfolio: nothing open, sessions settled, marks dropped, one fill a side, the ledger equal."""
        for key in self.keys:
            state = self.harness.state(key)
            assert_sound(state)
            assert state.held == ()
            assert state.portfolio.due == DueMarks()
            for session in state.sessions:
                assert session.status in SETTLED
                assert session.flat
                assert session.status is not SessionStatus.MISSED or not session.opened
        assert found(SWEEPING) == ([], {"status": "done", "dispatched": 0, "left_open": 0})

    def _due(self, moment: datetime) -> list[PortfolioKey]:
        return list(DynamoWorkIndex().due(Task.CLOSE, Exchange.NASDAQ, moment))


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    made = Days(TradingDayHarness(), Crashes(monkeypatch))
    made.harness.recommend("AAA", "BBB")
    return made


def pairs_of(days: Days, first: str, repair: str, stride: int) -> Iterator[tuple[int, int]]:
    """Die at every place of a step, and each time at every so many-th of its repair; yield the places."""
    for place in count(1):
        for second in range(1 + place % stride, 100, stride):
            key = days.until(first)
            if not days.dies_at(place, days.step(key, first)):
                return
            if not days.dies_at(second, days.step(key, repair)):
                break
            yield place, second


@pytest.mark.parametrize("lag", [True, pytest.param(False, marks=EXHAUSTIVE)])
@pytest.mark.parametrize(("first", "repair"), [(first, repair) for first, rest in REPAIRS.items() for repair in rest])
def test_a_step_and_its_repair_that_both_died_end_flat(days: Days, first: str, repair: str, lag: bool) -> None:
    died = list(pairs_of(days, first, repair, STRIDE))

    days.end(lag=lag)

    assert len({place for place, _ in died}) >= 3
    days.assert_flat()


@EXHAUSTIVE
@pytest.mark.parametrize(("first", "repair"), [(first, repair) for first, rest in REPAIRS.items() for repair in rest])
def test_every_pair_of_places_ends_flat(days: Days, first: str, repair: str) -> None:
    died = list(pairs_of(days, first, repair, 1))

    days.end(lag=True)

    assert len(died) > 12
    days.assert_flat()


@pytest.mark.parametrize("first", ["enter", "exit", "close", "sweep"])
@pytest.mark.parametrize("rival", ["enter", "exit", "close", "sweep"])
def test_a_worker_that_died_beside_another_ends_flat(days: Days, first: str, rival: str) -> None:
    places = 0
    for place in range(1, 100):
        key = days.until(first)
        with pytest.MonkeyPatch.context() as patch:
            cut_in(patch, days.step(key, rival))
            if not days.dies_at(place, days.step(key, first)):
                break
        places += 1

    days.end(lag=True)

    assert places >= 4
    days.assert_flat()


@pytest.mark.parametrize(
    "repair", ["close", pytest.param("enter", marks=EXHAUSTIVE), pytest.param("sweep", marks=EXHAUSTIVE)]
)
def test_a_death_between_two_chunks_and_one_in_the_repair_end_flat(
    monkeypatch: pytest.MonkeyPatch, repair: str
) -> None:
    days = Days(
        TradingDayHarness(),
        Crashes(monkeypatch),
        DayTradingSettings(max_recommendations=100, allow_fractional_shares=True),
    )
    days.harness.recommend(*(f"S{number:02}" for number in range(60)))
    died = list(pairs_of(days, "enter", repair, 11))

    days.end(lag=True)

    assert len(died) > 8
    days.assert_flat()
