"""GET /api/operator/health, on an in-process DynamoDB: what should not be is shown, in a bounded number of requests."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.benchmarks.requests_counted import counted
from tests.support.calls import call
from tests.support.trading_day import CLOSING, DAY, OPENED, PLANNED, TradingDayHarness
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange
from trading.operators.health import HealthService
from trading.operators.read_wiring import health_service
from trading.platform.clock import FixedClock
from trading.platform.deferrals import defer
from trading.platform.last_runs import last_runs, note_run
from trading.platform.messages import Message
from trading.platform.runs import RunRow
from trading.platform.schedule import scheduled
from trading.platform.settings import settings
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.models import BASELINE_MODEL, Source

JOBS = ("build_signals", "plan_sessions", "never_ran")
AFTER_THE_CLOSE = datetime(2013, 2, 19, 21, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _covered(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    del aws
    monkeypatch.setenv("MARKET_DATA_EXCHANGES", "NASDAQ")
    monkeypatch.setenv("JOBS", ",".join(JOBS))
    settings.cache_clear()
    yield
    settings.cache_clear()


def at(moment: datetime) -> HealthService:
    return replace(health_service(), clock=FixedClock(moment))


def ask() -> Any:
    return call("get_health", caller="ops", claims={"role": "operator"})


def test_where_nothing_is_wrong_nothing_is_shown() -> None:
    shown = ask().body

    assert [(job["name"], job["last_run_at"]) for job in shown["jobs"]] == [(name, None) for name in sorted(JOBS)]
    assert (shown["sessions_missed"], shown["positions_after_hours"], shown["gate_changes"]) == ([], [], [])
    assert (shown["runs_open"], shown["outbox"]) == (0, {"waiting": 0, "oldest_at": None})
    assert [signals["exchange"] for signals in shown["signals"]] == [2]


def test_the_role_is_judged_before_the_request() -> None:
    answer = call("get_health", claims={"role": "person"}, query={"unknown": "1"})

    assert answer.status == 403
    assert call("get_health", caller="ops", claims={"role": "operator"}, query={"unknown": "1"}).status == 400


def test_the_last_run_of_a_job_is_the_latest_that_was_due_and_finished() -> None:
    first, second = datetime(2013, 2, 19, 13, 30, tzinfo=UTC), datetime(2013, 2, 20, 13, 30, tzinfo=UTC)
    run = scheduled("build_signals", lambda: lambda at: {"status": "not_due" if at > second else "done"})

    for moment in (second, first, second + timedelta(days=1)):
        run({"scheduled_at": moment.isoformat()}, None)

    assert last_runs(JOBS) == {"build_signals": second}


def test_a_run_that_is_taken_up_again_counts_once_it_is_done() -> None:
    row = RunRow("plan_sessions", PLANNED, "delivery")
    row.claim("function", again=False, continues=False)
    assert (last_runs(JOBS), at(PLANNED).check().open_runs) == ({}, 1)

    row.finish(is_due=True)

    assert (last_runs(JOBS), at(PLANNED).check().open_runs) == ({"plan_sessions": PLANNED}, 0)


def test_sessions_that_were_missed_are_counted_by_day() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAPL")
    for moment in (OPENED, OPENED, PLANNED):
        harness.at(moment).plan(harness.portfolio().key, DAY)

    assert at(AFTER_THE_CLOSE).check().missed == {DAY: 2}
    assert at(AFTER_THE_CLOSE + timedelta(days=8)).check().missed == {}


@pytest.mark.parametrize(
    ("moment", "counted_positions"),
    [
        (OPENED, {}),
        (CLOSING, {}),
        (AFTER_THE_CLOSE, {Exchange.NASDAQ: 2}),
        (AFTER_THE_CLOSE + timedelta(hours=14), {Exchange.NASDAQ: 2}),
    ],
)
def test_positions_are_after_hours_once_their_session_has_closed(
    moment: datetime, counted_positions: dict[Exchange, int]
) -> None:
    harness = TradingDayHarness()
    harness.recommend("AAPL", "MSFT")
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)

    assert at(moment).check().left_open == counted_positions


@pytest.mark.parametrize(
    ("moment", "day", "is_stale"),
    [
        (PLANNED - timedelta(minutes=1), date(2013, 2, 15), True),
        (PLANNED, DAY, False),
        (AFTER_THE_CLOSE, DAY, False),
        (PLANNED + timedelta(days=1), date(2013, 2, 20), True),
    ],
)
def test_signals_are_stale_without_any_of_the_last_day_that_was_planned(
    moment: datetime, day: date, is_stale: bool
) -> None:
    TradingDayHarness().recommend("AAPL")

    (signals,) = at(moment).check().signals

    assert (signals.trade_date, signals.is_stale) == (day, is_stale)


def test_what_waits_for_a_partner_is_counted() -> None:
    for number in range(3):
        defer(Message(f"m{number}", "{}", "bank-registrations", "c", 0, 0), PLANNED)

    assert at(PLANNED).check().deferred == 3


def test_changes_of_the_gate_are_shown_newest_first() -> None:
    for number, figures in enumerate((PROVEN, replace(PROVEN, dsr=0.1), PROVEN)):
        clock = FixedClock(datetime(2013, 2, 16 + number, 11, tzinfo=UTC))
        service = AssessmentService(DynamoAssessmentStore(), clock)
        service.judge_training(Exchange.NASDAQ, Source.BASELINE, BASELINE_MODEL, figures)

    shown = ask().body

    assert [(change["verdict"], change["because"]) for change in shown["gate_changes"]] == [
        ("proven", []),
        ("no_edge", ["deflated_sharpe_too_low"]),
        ("proven", []),
    ]
    assert [(signals["verdict"], signals["model"]) for signals in shown["signals"]] == [("proven", BASELINE_MODEL)]
    assert shown["outbox"]["waiting"] == 3


def test_the_page_costs_the_same_however_much_there_is() -> None:
    note_run("build_signals", PLANNED)
    with counted() as few:
        ask()
    harness = TradingDayHarness()
    harness.recommend("AAPL")
    for _ in range(5):
        harness.at(OPENED).plan(harness.portfolio().key, DAY)
    with counted() as many:
        ask()

    assert few == many
    assert sum(many.values()) <= 30, json.dumps(many)
