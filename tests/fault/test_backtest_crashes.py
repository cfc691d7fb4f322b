"""A worker of back-tests may die at any line: another one ends it, once, and nothing of the dead one counts."""

import boto3
import pytest

from tests.support.backtest_jobs import ID, OWNER, MovingClock, NoModels, specification
from tests.support.crashes import Crash, Crashes, Step
from tests.support.panels import FakePanels, random_panel
from trading.backtest.events import BacktestRequested
from trading.backtest.jobs.bucket import BucketDocuments
from trading.backtest.jobs.models import BACKTESTS_INTERRUPTED, LEASE, Allowance, Backtest, BacktestStatus, Failure
from trading.backtest.jobs.read_wiring import links_of
from trading.backtest.jobs.runner import BacktestRunner, Busy
from trading.backtest.jobs.store import ALLOWANCE, BacktestRow, DynamoBacktestStore
from trading.backtest.jobs.strategies import Strategies
from trading.platform.expiry import EVENTS_KEPT_FOR, expiry
from trading.platform.inbox import InboxRow
from trading.platform.outbox import OutboxEvent
from trading.platform.receipts import Receipt
from trading.signals.model.serving import ModelReader

pytestmark = pytest.mark.usefixtures("aws")

PANEL = random_panel(90, 2)
STORE = DynamoBacktestStore()


class Deaths(Crashes):
    """The dead make no more requests: not to give back what they held, either. Others may act at a place."""

    meddler: Step | None = None
    meddles_at = 0

    def meddle_at(self, place: int, step: Step) -> None:
        self.sides, self.at, self.meddles_at, self.meddler = 0, None, place, step

    def visit(self) -> None:
        self.sides += 1
        if self.sides == self.meddles_at and self.meddler is not None:
            step, self.meddler = self.meddler, None
            step()
        if self.at is not None and self.sides >= self.at:
            raise Crash


@pytest.fixture
def wall() -> MovingClock:
    return MovingClock()


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Deaths:
    return Deaths(monkeypatch)


def queued() -> None:
    wanted = specification(PANEL, since=PANEL.days[-10].item())
    made = Backtest(
        owner=OWNER,
        backtest_id=ID,
        specification=wanted,
        created_at=MovingClock().now(),
        total=10,
        expires_at=expiry(EVENTS_KEPT_FOR),
    )
    event = OutboxEvent(BacktestRequested(owner=OWNER, backtest_id=ID), ID)
    STORE.add(made, Allowance(OWNER).with_another(wanted.until, ID), Receipt("r", "d", ID), event)


def worker(wall: MovingClock) -> BacktestRunner:
    models = NoModels()
    strategies = Strategies(ModelReader(models, models))  # type: ignore[arg-type]
    return BacktestRunner(STORE, BucketDocuments(), FakePanels(panel=PANEL), strategies, MovingClock(), wall)


def found() -> Backtest:
    backtest = STORE.find(OWNER, ID)
    assert backtest is not None
    return backtest


def kept() -> set[str]:
    """Return the places in the bucket under which anything lies."""
    listed = boto3.client("s3").list_objects_v2(Bucket="results").get("Contents", [])
    return {entry["Key"].split("/")[1] for entry in listed}


def sides_of_a_run(wall: MovingClock, crashes: Deaths) -> int:
    queued()
    sides = crashes.count(lambda: worker(wall).run(OWNER, ID))
    STORE.remove(found())
    return sides


def forget() -> None:
    BacktestRow(OWNER, ALLOWANCE).delete()
    InboxRow("receipt#r").delete()


def test_a_worker_that_dies_anywhere_leaves_a_run_that_the_next_one_ends(wall: MovingClock, crashes: Deaths) -> None:
    sides = sides_of_a_run(wall, crashes)
    assert sides >= 14
    for place in range(1, sides + 1):
        forget()
        queued()
        crashes.die_at(place, lambda: worker(wall).run(OWNER, ID))
        died = found()
        if died.status is BacktestStatus.RUNNING:
            with pytest.raises(Busy):
                worker(wall).run(OWNER, ID)
        wall.pass_by(LEASE)

        worker(wall).run(OWNER, ID)
        worker(wall).run(OWNER, ID)

        ended = found()
        assert (ended.status, ended.done) == (BacktestStatus.DONE, 10), place
        assert ended.claim in kept()
        assert set(links_of(ended)) == {"backtest.json", "days.csv", "trades.csv"}
        STORE.remove(ended)


def test_a_run_that_kills_its_workers_fails_after_two(wall: MovingClock, crashes: Deaths) -> None:
    queued()
    for _ in range(2):
        crashes.die_at(7, lambda: worker(wall).run(OWNER, ID))
        wall.pass_by(LEASE)

    worker(wall).run(OWNER, ID)

    assert (found().status, found().failure, found().attempts) == (BacktestStatus.FAILED, Failure.INTERRUPTED, 2)


def test_a_run_that_broke_off_is_counted_though_whoever_gives_it_up_dies(
    wall: MovingClock, crashes: Deaths, capsys: pytest.CaptureFixture[str]
) -> None:
    queued()
    for _ in range(2):
        crashes.die_at(7, lambda: worker(wall).run(OWNER, ID))
        wall.pass_by(LEASE)
    place, printed = 0, ""

    while found().status is not BacktestStatus.FAILED:
        place += 1
        capsys.readouterr()
        crashes.die_at(place, lambda: worker(wall).run(OWNER, ID))
        printed = capsys.readouterr().out

    assert BACKTESTS_INTERRUPTED in printed


def test_one_that_is_deleted_while_it_runs_leaves_nothing(wall: MovingClock, crashes: Deaths) -> None:
    sides = sides_of_a_run(wall, crashes)
    left = kept()
    for place in range(5, sides - 1):
        forget()
        queued()
        crashes.meddle_at(place, lambda: STORE.remove(found()))
        worker(wall).run(OWNER, ID)

        assert crashes.meddler is None
        assert STORE.find(OWNER, ID) is None
        assert kept() == left
