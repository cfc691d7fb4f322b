"""A day of which only a part happens: whatever is left out, the day ends flat, or somebody is notified."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crashes import Crashes
from tests.support.quotes import quoted
from tests.support.sweeping import found, sweep
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.closer.models import SweepResult
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey, Task
from trading.automation.portfolios.positions import ExitReason, PortfolioState, PositionStatus
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.markets.models import Exchange
from trading.markets.store import closure_row

pytestmark = pytest.mark.usefixtures("aws")

LATE_ENTRIES = OPENED + timedelta(minutes=11)
SWEEPING = CLOSING + timedelta(minutes=10)
PROVING = datetime(2013, 2, 19, 21, 10, tzinfo=UTC)
NEXT_PLAN = PLANNED + timedelta(days=1)
NEXT_OPEN = OPENED + timedelta(days=1)
MANY = DayTradingSettings(max_recommendations=100, allow_fractional_shares=True)


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols)
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    return key


def due(task: Task, moment: datetime) -> list[PortfolioKey]:
    return list(DynamoWorkIndex().due(task, Exchange.NASDAQ, moment))


def status(state: PortfolioState) -> tuple[SessionStatus, bool]:
    session = state.session(DAY)
    assert session is not None
    return session.status, session.flat


def half_entered(harness: TradingDayHarness, crashes: Crashes) -> PortfolioKey:
    """Return a portfolio whose worker died between its first and its second chunk of fills."""
    harness.recommend(*(f"P{number:02}" for number in range(60)))
    rehearsal, key = harness.portfolio(settings=MANY).key, harness.portfolio(settings=MANY).key
    harness.at(PLANNED).plan(rehearsal, DAY)
    harness.at(PLANNED).plan(key, DAY)
    places = crashes.count(lambda: harness.at(OPENED).enter(rehearsal, DAY))
    crashes.die_at(places - 1, lambda: harness.at(OPENED).enter(key, DAY))
    statuses = {position.status for position in harness.state(key).positions}
    assert statuses == {PositionStatus.OPEN, PositionStatus.PENDING}
    return key


def test_entries_that_died_between_chunks_are_an_open_session_and_the_rest_is_abandoned_as_such(
    crashes: Crashes,
) -> None:
    harness = TradingDayHarness()
    key = half_entered(harness, crashes)
    assert status(harness.state(key)) == (SessionStatus.OPEN, False)

    harness.at(LATE_ENTRIES).enter(key, DAY)

    assert status(harness.state(key)) == (SessionStatus.OPEN, False)
    assert_sound(harness.state(key))


def test_entries_that_died_between_chunks_are_sold_by_the_close_though_nothing_else_ran(crashes: Crashes) -> None:
    harness = TradingDayHarness()
    key = half_entered(harness, crashes)
    assert key in due(Task.CLOSE, CLOSING)

    harness.at(CLOSING).close(key, DAY)

    state = harness.state(key)
    assert state.held == ()
    assert status(state) == (SessionStatus.CLOSED, True)
    assert key not in due(Task.CLOSE, CLOSING)
    assert_sound(state)


def test_a_plan_marks_the_close_beside_the_entries() -> None:
    key = planned(TradingDayHarness(), "AAA")

    assert due(Task.ENTER, OPENED) == [key]
    assert due(Task.CLOSE, CLOSING) == [key]
    assert due(Task.CLOSE, CLOSING - timedelta(seconds=1)) == []


def test_a_session_is_missed_only_if_nothing_was_ever_opened() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    del harness.market.prices["BBB"]
    harness.at(OPENED).enter(key, DAY)

    harness.at(LATE_ENTRIES).enter(key, DAY)

    assert status(harness.state(key)) == (SessionStatus.OPEN, False)


def test_entries_that_never_came_are_missed_at_the_close_and_flat() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")

    harness.at(CLOSING).close(key, DAY)

    state = harness.state(key)
    assert status(state) == (SessionStatus.MISSED, True)
    assert due(Task.ENTER, CLOSING) == due(Task.CLOSE, CLOSING) == []


def leftover(harness: TradingDayHarness) -> PortfolioKey:
    """Return a portfolio that could not sell yesterday, with today planned."""
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    price = harness.market.prices.pop("AAA")
    harness.at(CLOSING).close(key, DAY)
    assert harness.position(key, "AAA").status is PositionStatus.CLOSING
    harness.market.prices["AAA"] = price
    return key


def test_a_leftover_is_due_from_the_open_on_though_today_was_planned() -> None:
    harness = TradingDayHarness()
    key = leftover(harness)
    harness.at(NEXT_PLAN).plan(key, NEXT_PLAN.date())

    assert key in due(Task.CLOSE, NEXT_OPEN)
    harness.at(NEXT_OPEN).close(key, NEXT_OPEN.date())

    assert status(harness.state(key)) == (SessionStatus.CLOSED, True)


def test_switching_off_keeps_the_close_of_a_session_that_is_open() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    del harness.market.prices["BBB"]
    harness.at(OPENED).enter(key, DAY)
    target = harness.position(key, "AAA").target_price
    assert target is not None
    harness.at(OPENED).exit_hits(key, DAY, [quoted("AAA", target, OPENED)])
    assert harness.state(key).held == ()

    harness.portfolios(OPENED).edit(key, PortfolioEdit(is_automated=False))

    assert key in due(Task.CLOSE, CLOSING)
    harness.at(CLOSING).close(key, DAY)
    assert status(harness.state(key)) == (SessionStatus.CLOSED, True)


def test_the_closer_sells_what_no_close_came_for() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    harness.at(OPENED).enter(key, DAY)
    assert [work.key for work in found(SWEEPING)[0]] == [key]

    result = sweep(harness, key, SWEEPING)

    assert result == SweepResult(sold=2)
    state = harness.state(key)
    assert {position.exit_reason for position in state.positions} == {ExitReason.SWEPT}
    assert_sound(state)
    assert found(PROVING)[1] == {"status": "done", "dispatched": 0, "left_open": 0}


def test_the_session_code_proves_flat_what_the_closer_sold() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    sweep(harness, key, SWEEPING)

    harness.at(SWEEPING).close(key, DAY)

    assert status(harness.state(key)) == (SessionStatus.CLOSED, True)


def test_the_closer_leaves_todays_positions_alone_until_its_hour() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)

    assert sweep(harness, key, NOON) == SweepResult()
    assert found(NOON) == ([], {"status": "not_due"})


def test_the_closer_sells_leftovers_at_the_open() -> None:
    harness = TradingDayHarness()
    key = leftover(harness)
    assert [work.key for work in found(NEXT_OPEN)[0]] == [key]

    assert sweep(harness, key, NEXT_OPEN) == SweepResult(sold=1)


def test_the_closer_cancels_entries_that_never_came_and_makes_up_no_price() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    del harness.market.prices["BBB"]
    harness.at(OPENED).enter(key, DAY)
    harness.market.prices.clear()

    assert sweep(harness, key, SWEEPING) == SweepResult(cancelled=1, left=1)
    assert harness.position(key, "AAA").status is PositionStatus.OPEN


def test_what_is_open_after_the_close_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    harness.at(OPENED).enter(key, DAY)

    _, answer = found(PROVING)

    assert answer == {"status": "done", "dispatched": 0, "left_open": 2}
    assert '"PositionsLeftOpen"' in capsys.readouterr().out


def test_entries_that_wait_for_the_open_are_nothing_left_open() -> None:
    harness = TradingDayHarness()
    planned(harness, "AAA")

    assert found(OPENED - timedelta(minutes=10))[1] == {"status": "done", "dispatched": 0, "left_open": 0}
    assert found(PROVING)[1] == {"status": "done", "dispatched": 0, "left_open": 1}


@pytest.mark.parametrize(
    "sweep_at", [NEXT_OPEN - timedelta(minutes=10), NEXT_OPEN, NEXT_OPEN + timedelta(hours=6, minutes=10)]
)
def test_what_is_held_over_a_day_that_an_operator_closed_is_counted(
    sweep_at: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    harness = TradingDayHarness()
    leftover(harness)
    closure_row(Exchange.NASDAQ, NEXT_OPEN.date()).save()

    assert found(sweep_at) == ([], {"status": "done", "dispatched": 0, "left_open": 1})
    assert '"PositionsLeftOpen"' in capsys.readouterr().out


def test_a_day_that_an_operator_closed_is_proven_flat_but_for_entries_that_never_come() -> None:
    harness = TradingDayHarness()
    planned(harness, "AAA")
    closure_row(Exchange.NASDAQ, DAY).save()

    assert found(OPENED) == ([], {"status": "done", "dispatched": 0, "left_open": 0})


@pytest.mark.parametrize("step", ["close", "sweep"])
def test_the_close_and_the_closer_that_die_anywhere_are_finished_by_the_other(crashes: Crashes, step: str) -> None:
    harness = TradingDayHarness()
    rehearsal = planned(harness, "AAA", "BBB")
    harness.at(OPENED).enter(rehearsal, DAY)
    run = {"close": lambda key: harness.at(CLOSING).close(key, DAY), "sweep": lambda key: sweep(harness, key, SWEEPING)}
    other = {"close": "sweep", "sweep": "close"}[step]
    places = crashes.count(lambda: run[step](rehearsal))

    for place in range(1, places + 1):
        key = harness.portfolio().key
        harness.at(PLANNED).plan(key, DAY)
        harness.at(OPENED).enter(key, DAY)
        crashes.die_at(place, lambda key=key: run[step](key))
        run[other](key)
        assert harness.state(key).held == ()
        assert_sound(harness.state(key))
        harness.at(SWEEPING).close(key, DAY)
        assert status(harness.state(key)) == (SessionStatus.CLOSED, True)


@pytest.mark.parametrize("seconds", [0, 7, 45])
def test_entries_that_come_some_seconds_late_are_made_on_a_quote_from_within_the_window(seconds: int) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    window_ends = OPENED + timedelta(minutes=10)
    service = harness.at(window_ends + timedelta(seconds=seconds))
    harness.market.now = window_ends
    del harness.market.prices["BBB"]

    service.enter(key, DAY)

    state = harness.state(key)
    assert [position.status for position in state.positions] == [PositionStatus.OPEN, PositionStatus.CANCELLED]
    assert harness.position(key, "BBB").skip is Skip.NO_QUOTE
    assert due(Task.ENTER, CLOSING) == []


def test_entries_that_come_late_are_not_made_on_a_quote_from_after_the_window() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")

    harness.at(OPENED + timedelta(minutes=10, seconds=1)).enter(key, DAY)

    assert harness.position(key, "AAA").skip is Skip.NO_QUOTE


def test_a_hit_that_comes_after_the_close_has_begun_is_left_to_the_close() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    quote = quoted("AAA", 140, CLOSING - timedelta(minutes=10))

    sold = harness.at(CLOSING + timedelta(seconds=1)).exit_hits(key, DAY, [quote], good_until=CLOSING)

    assert sold == 0
    assert harness.position(key, "AAA").status is PositionStatus.OPEN
