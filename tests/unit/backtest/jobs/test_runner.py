"""The worker of back-tests: it ends in time, gives way, and writes nothing that its owner does not want."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from research.backtest import specification_of
from tests.support.artefacts import artefact
from tests.support.backtest_jobs import ID, OWNER, BacktestHarness, MemoryBacktests
from tests.support.panels import FakePanels, random_panel
from trading.backtest.engine import DayNotSound, Engine
from trading.backtest.execution import days_of, execute
from trading.backtest.jobs.models import LEASE, WAITS_FOR, Backtest, BacktestStatus, Failure
from trading.backtest.jobs.runner import Busy
from trading.backtest.jobs.strategies import Chosen
from trading.backtest.specification import StrategyName
from trading.backtest.training import has_seen
from trading.platform.deadline import time_limit
from trading.platform.errors import Refused, StaleRecord, Unavailable
from trading.signals.strategies import BaselineStrategy


@pytest.fixture
def harness() -> BacktestHarness:
    return BacktestHarness()


def test_what_it_comes_to_is_what_the_same_execution_comes_to(harness: BacktestHarness) -> None:
    wanted = harness.queued().specification
    expected = execute(wanted, days_of(harness.panel, wanted, BaselineStrategy()))

    found = harness.run()

    assert found.status is BacktestStatus.DONE
    assert found.findings is not None
    assert found.findings.hashed == expected.hashed
    assert (found.done, found.total) == (40, 40)
    assert found.findings.summary["trades"] == len(expected.run.trades) > 10
    kept = harness.documents.kept[str(found.claim)]
    assert json.loads(kept.everything)["inputs"]["hash"] == expected.hashed


def test_it_has_the_hash_of_the_developers_run_of_the_same_bars(harness: BacktestHarness) -> None:
    symbols = harness.panel.symbols
    arguments = argparse.Namespace(
        preset="balanced",
        rails="on",
        costs="seed",
        path="worse_order",
        bankroll=10_000,
        strategy="baseline",
        since=harness.panel.days[-40].item(),
        until=date.max,
    )
    developers = specification_of(arguments, harness.panel)
    harness.queued()

    found = harness.run()

    assert developers.symbols == symbols
    hashed = execute(developers, days_of(harness.panel, developers, BaselineStrategy())).hashed
    assert found.findings is not None
    assert found.findings.hashed == hashed


def test_progress_is_written_now_and_then(harness: BacktestHarness) -> None:
    harness.queued()

    harness.run()

    assert harness.store.noted == [1]  # the wall's clock stood still


def test_it_ends_as_too_long_rather_than_die(harness: BacktestHarness) -> None:
    harness.queued()

    with time_limit(1):
        found = harness.run()

    assert (found.status, found.failure) == (BacktestStatus.FAILED, Failure.TOO_LONG)
    assert found.findings is None
    assert harness.documents.kept == {}


def test_market_data_for_which_no_time_was_left_is_too_long_as_well(harness: BacktestHarness) -> None:
    harness.queued()
    harness.panels.fails_with = Unavailable("no time")

    with time_limit(1):
        found = harness.run()

    assert found.failure is Failure.TOO_LONG


def test_it_waits_for_market_data_and_that_is_no_attempt(harness: BacktestHarness) -> None:
    harness.queued()
    harness.panels.fails_with = Unavailable("away")
    for _ in range(5):
        with pytest.raises(Unavailable):
            harness.run()
    waiting = harness.store.only

    harness.panels.fails_with = None
    assert (waiting.status, waiting.attempts, waiting.claim) == (BacktestStatus.QUEUED, 0, None)
    assert harness.run().status is BacktestStatus.DONE


def test_it_waits_no_longer_than_a_day(harness: BacktestHarness) -> None:
    harness.queued()
    harness.panels.fails_with = Unavailable("away")
    harness.clock.pass_by(WAITS_FOR + timedelta(seconds=1))

    assert harness.run().failure is Failure.MARKET_DATA_UNAVAILABLE


def test_what_the_provider_refuses_fails_at_once(harness: BacktestHarness) -> None:
    harness.queued()
    harness.panels.fails_with = Refused("no")

    assert harness.run().failure is Failure.MARKET_DATA_UNAVAILABLE


def test_a_span_without_bars_has_no_data(harness: BacktestHarness) -> None:
    harness.queued(since=date(1999, 1, 4), until=date(1999, 3, 1))

    assert harness.run().failure is Failure.NO_DATA


def test_two_workers_at_once_run_it_once(harness: BacktestHarness) -> None:
    harness.queued()
    refused = []

    class Meddling(FakePanels):
        def daily_panel(self, *args: Any, **more: Any) -> Any:
            with pytest.raises(Busy):
                harness.runner.run(OWNER, ID)
            refused.append(True)
            return super().daily_panel(*args, **more)

    harness.panels = Meddling(panel=harness.panel)

    assert harness.run().attempts == 1
    assert refused == [True]


def test_of_two_that_claim_in_the_same_moment_one_has_it(harness: BacktestHarness) -> None:
    first = harness.queued()
    harness.store = Overtaken(dict(harness.store.records))

    with pytest.raises(Busy):
        harness.run()

    assert harness.store.only == replace(first, version=1)


class Overtaken(MemoryBacktests):
    """Somebody else writes right before the first writing."""

    def save(self, backtest: Backtest) -> Backtest:
        key = (backtest.owner, backtest.backtest_id)
        self.records[key] = self.records[key].next_version
        return super().save(backtest)


def test_one_whose_worker_died_is_run_again_once_its_lease_is_over(harness: BacktestHarness) -> None:
    dead = harness.queued().claimed("dead", harness.wall.now())
    harness.store.records[OWNER, ID] = dead

    with pytest.raises(Busy):
        harness.run()
    harness.wall.pass_by(LEASE)
    found = harness.run()

    assert (found.status, found.attempts) == (BacktestStatus.DONE, 2)
    assert found.claim != "dead"


def test_after_two_attempts_it_fails(harness: BacktestHarness) -> None:
    dead = harness.queued().claimed("dead", harness.wall.now())
    harness.store.records[OWNER, ID] = replace(dead, attempts=2)
    harness.wall.pass_by(LEASE)

    assert harness.run().failure is Failure.INTERRUPTED


def test_a_bucket_that_fails_twice_ends_it(harness: BacktestHarness) -> None:
    harness.queued()
    harness.documents.failures = [OSError("first"), OSError("second")]
    for _ in range(2):
        with pytest.raises(OSError, match=r"first|second"):
            harness.run()
        assert harness.store.only.status is BacktestStatus.QUEUED

    found = harness.run()

    assert (found.status, found.failure) == (BacktestStatus.FAILED, Failure.INTERRUPTED)
    assert harness.documents.kept == {}


def test_a_bucket_that_fails_once_is_asked_again(harness: BacktestHarness) -> None:
    harness.queued()
    harness.documents.failures = [OSError("once")]
    with pytest.raises(OSError, match="once"):
        harness.run()

    found = harness.run()

    assert found.status is BacktestStatus.DONE
    assert list(harness.documents.kept) == [found.claim]


def test_a_day_that_does_not_add_up_is_no_result(harness: BacktestHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.queued()

    def unsound(engine: Engine, *args: Any) -> Iterator[Any]:
        del engine, args
        raise DayNotSound("2013-02-18")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "run", unsound)
        with pytest.raises(DayNotSound):
            harness.run()

    assert harness.store.only.attempts == 1
    assert harness.store.only.findings is None


@dataclass
class Meddled(MemoryBacktests):
    """The owner ends the back-test right before a worker writes something."""

    before: str = ""
    ends: str = ""

    def note_progress(self, backtest: Backtest, done: int, total: int) -> None:
        self._meddle("progress")
        super().note_progress(backtest, done, total)

    def save(self, backtest: Backtest) -> Backtest:
        self._meddle(backtest.status.value)
        return super().save(backtest)

    def _meddle(self, step: str) -> None:
        if step == self.before:
            self.before = ""
            if self.ends == "deleted":
                self.records.clear()
            else:
                found = self.only
                self.records[OWNER, ID] = found.cancelled(found.created_at).next_version


@pytest.mark.parametrize("ends", ["cancelled", "deleted"])
@pytest.mark.parametrize("before", ["progress", "done"])
def test_what_its_owner_ended_meanwhile_stays_ended(harness: BacktestHarness, before: str, ends: str) -> None:
    harness.queued()
    harness.store = Meddled(dict(harness.store.records), before=before, ends=ends)

    harness.runner.run(OWNER, ID)

    assert [record.status for record in harness.store.records.values()] == (
        [BacktestStatus.CANCELLED] if ends == "cancelled" else []
    )
    assert harness.documents.kept == {}


@pytest.mark.parametrize("status", [BacktestStatus.DONE, BacktestStatus.FAILED, BacktestStatus.CANCELLED])
def test_one_that_is_over_is_left_as_it_is(harness: BacktestHarness, status: BacktestStatus) -> None:
    over = replace(harness.queued(), status=status)
    harness.store.records[OWNER, ID] = over

    assert harness.run() == over
    assert harness.panels.asked == []


def test_one_that_is_gone_is_no_work(harness: BacktestHarness) -> None:
    harness.runner.run(OWNER, ID)

    assert harness.store.records == {}


def test_busy_records_hand_it_to_another_worker(harness: BacktestHarness) -> None:
    harness.queued()
    harness.store = Conflicting(dict(harness.store.records))

    with pytest.raises(Busy):
        harness.run()

    assert (harness.store.only.status, harness.store.only.attempts) == (BacktestStatus.QUEUED, 0)
    assert harness.documents.kept == {}


class Conflicting(MemoryBacktests):
    """A table on which one writing meets too many others to get through."""

    def save(self, backtest: Backtest) -> Backtest:
        if backtest.status is BacktestStatus.DONE:
            raise StaleRecord
        return super().save(backtest)


def test_a_model_that_was_trained_on_the_days_is_in_sample(harness: BacktestHarness) -> None:
    harness.queued(strategy=StrategyName.MODEL)
    trained = artefact()
    seen, unseen = trained.span.until, trained.span.until + timedelta(days=1)

    class Seen:
        def choose(self, *_: object) -> Chosen:
            return Chosen(BaselineStrategy(), has_seen(trained, seen))

    replace(harness.runner, strategies=Seen()).run(OWNER, ID)

    assert not has_seen(trained, unseen)
    assert harness.store.only.findings is not None
    assert harness.store.only.findings.was_in_sample


def test_without_a_model_there_is_none_to_trade_by(harness: BacktestHarness) -> None:
    harness.queued(strategy=StrategyName.MODEL)

    assert harness.run().failure is Failure.NO_MODEL


def test_weights_are_fitted_in_the_worker_itself() -> None:
    harness = BacktestHarness(panel=random_panel(1_000, 4))
    harness.queued(strategy=StrategyName.RIDGE)

    findings = harness.run().findings

    assert findings is not None
    assert findings.was_in_sample is False
    assert findings.summary["trades"] > 0
