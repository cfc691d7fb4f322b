"""The service of back-tests: what is refused, what a stuck one blocks, and what is counted."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.backtest_jobs import BacktestHarness, specification
from trading.backtest.jobs.models import WAITS_FOR, Backtest, BacktestStatus, Failure
from trading.backtest.specification import BacktestSpecification, StrategyName
from trading.platform.errors import Conflict, InvalidRequest
from trading.platform.receipts import RequestKey


@pytest.fixture
def harness() -> BacktestHarness:
    return BacktestHarness()


def ask(harness: BacktestHarness, key: str = "k" * 16, **changes: object) -> Backtest:
    wanted = specification(harness.panel, **changes)
    backtest, _ = harness.service.create("ada", wanted, RequestKey.of("ada", "create_backtest", key, {}))
    return backtest


def test_its_event_names_it(harness: BacktestHarness) -> None:
    asked = ask(harness)

    (event,) = harness.store.events
    assert event.record.model_dump() == {"owner": "ada", "backtest_id": asked.backtest_id}
    assert event.record.queues() == ("domain-events", "backtest-runs")


def test_ids_sort_by_their_moment(harness: BacktestHarness) -> None:
    first = ask(harness)
    harness.service.delete("ada", first.backtest_id)
    harness.wall.pass_by(timedelta(milliseconds=1))
    second = ask(harness, key="l" * 16)

    assert first.backtest_id < second.backtest_id


def test_one_that_nobody_can_be_at_blocks_nobody(harness: BacktestHarness) -> None:
    stuck = ask(harness)
    harness.clock.pass_by(WAITS_FOR)
    with pytest.raises(Conflict, match="not finished"):
        ask(harness, key="l" * 16)

    harness.clock.pass_by(timedelta(seconds=1))
    ask(harness, key="l" * 16)

    found = harness.service.get("ada", stuck.backtest_id)
    assert (found.status, found.failure) == (BacktestStatus.FAILED, Failure.INTERRUPTED)


def test_training_years_count_too(harness: BacktestHarness) -> None:
    symbols = tuple(f"S{number}" for number in range(100))
    span = {"symbols": symbols, "since": date(2004, 1, 2), "until": date(2012, 12, 31)}

    assert ask(harness, **span).total == 2265
    harness.clock.pass_by(2 * WAITS_FOR)
    with pytest.raises(InvalidRequest):
        ask(harness, key="l" * 16, **span, strategy=StrategyName.RIDGE)


def test_a_failed_one_is_deleted_and_a_cancelled_one_stays(harness: BacktestHarness) -> None:
    asked = ask(harness)
    failed = harness.store.save(asked.failed(Failure.NO_DATA, harness.clock.now()))
    harness.service.delete("ada", failed.backtest_id)
    assert harness.store.records == {}

    other = ask(harness, key="l" * 16)
    for _ in range(2):
        harness.service.delete("ada", other.backtest_id)
    assert harness.store.only.status is BacktestStatus.CANCELLED


def test_what_is_over_never_moves_again(harness: BacktestHarness) -> None:
    cancelled = ask(harness).cancelled(harness.clock.now())

    with pytest.raises(ValueError, match="cancelled cannot be failed"):
        cancelled.failed(Failure.NO_DATA, harness.clock.now())


def test_the_hash_goes_by_everything_that_decides(harness: BacktestHarness) -> None:
    plain = specification(harness.panel)
    others: list[BacktestSpecification] = [
        replace(plain, bankroll_cents=1),
        replace(plain, rails=replace(plain.rails, cool_down_sessions=7)),
        replace(plain, settings=replace(plain.settings, max_recommendations=1)),
    ]

    assert len({repr(sorted(one.facts.items())) for one in (plain, *others)}) == 4
