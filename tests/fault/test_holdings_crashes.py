"""A worker may die before and after every request: one portfolio, one fund, one execution, a ledger that agrees."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes, Step
from tests.support.managed import CASH, ManagedBench, assert_carried_out, assert_settled
from tests.support.moto_speedups import copy_lightly
from trading.managed.messages import AccountFinished, RunUpdated
from trading.managed.versions.models import VersionStatus
from trading.platform.clock import trading_date

pytestmark = pytest.mark.usefixtures("aws")

CENTS = 400_000
Prepared = tuple[str, Step]


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def bench(crashes: Crashes, monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    bench = ManagedBench()
    bench.broker.visit = crashes.visit
    return bench


def die_everywhere(crashes: Crashes, prepare: Callable[[], Prepared]) -> list[str]:
    """Let a step die at each of its sides, for somebody else each time; return them all."""
    rehearsed, step = prepare()
    owners = [rehearsed]
    for place in range(1, crashes.count(step) + 1):
        owner, step = prepare()
        crashes.die_at(place, step)
        owners.append(owner)
    return owners


def test_a_first_pass_that_died_anywhere_buys_once(crashes: Crashes, bench: ManagedBench) -> None:
    def first_pass() -> Prepared:
        owner = bench.person()
        bench.buy(owner, CENTS)
        bench.shelf.ids.clear()
        return owner, lambda: bench.rebalancer.run(owner)

    owners = die_everywhere(crashes, first_pass)
    bench.minutes(5)

    assert len(owners) > 20
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_pass_over_old_funds_that_died_anywhere_trades_once(crashes: Crashes, bench: ManagedBench) -> None:
    holders = bench.holders(30)

    def another_pass() -> Prepared:
        owner = holders.pop()
        bench.buy(owner, -100_000)
        bench.buy(owner, 200_000, "mixed")
        bench.shelf.ids.clear()
        return owner, lambda: bench.rebalancer.run(owner)

    owners = die_everywhere(crashes, another_pass)
    bench.minutes(5)

    assert len(owners) > 16
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS - 100_000, "mixed": 200_000})


def test_a_request_that_died_anywhere_is_taken_once(crashes: Crashes, bench: ManagedBench) -> None:
    def request() -> Prepared:
        owner = bench.person()
        return owner, lambda: bench.buy(owner, CENTS, key="the-same-key-again")

    owners = die_everywhere(crashes, request)
    versions = [bench.buy(owner, CENTS, key="the-same-key-again") for owner in owners]
    bench.minutes(4)

    assert len(owners) > 6
    assert len({version.version_id for version in versions}) == len(owners)
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_request_that_died_and_is_not_asked_again_is_whole_or_not_there(
    crashes: Crashes, bench: ManagedBench
) -> None:
    holders = bench.holders(20)

    def request() -> Prepared:
        owner = holders.pop()
        return owner, lambda: bench.buy(owner, -100_000)

    owners = die_everywhere(crashes, request)
    bench.minutes(4)

    assert {bench.held(owner)["tech"] for owner in owners} == {CENTS, CENTS - 100_000}
    for owner in owners:
        assert_carried_out(bench, owner, bench.held(owner))


def test_a_cancellation_that_died_anywhere_holds_no_cash_and_sends_nothing(
    crashes: Crashes, bench: ManagedBench
) -> None:
    def cancellation() -> Prepared:
        owner = bench.person()
        version = bench.buy(owner, CENTS)
        return owner, lambda: bench.cancellations.cancel(owner, version.version_id)

    owners = die_everywhere(crashes, cancellation)
    for owner in owners:
        (version,) = bench.store.versions(owner, collection_id=None, status=None, after=None, limit=5).versions
        assert bench.cancellations.cancel(owner, version.version_id).status is VersionStatus.CANCELLED
    bench.minutes(4)

    for owner in owners:
        assert bench.held(owner) == {}
        assert_settled(bench, owner)
    assert bench.broker.calls["start_run"] == 0


def test_the_start_of_a_run_that_died_anywhere_trades_once(crashes: Crashes, bench: ManagedBench) -> None:
    def start() -> Prepared:
        bench.minutes(2)
        owner, _ = bench.ready(CENTS)
        bench.clock.pass_by(timedelta(minutes=1))
        moment = bench.clock.now()
        return owner, lambda: bench.runs.start(moment)

    owners = die_everywhere(crashes, start)
    bench.minutes(4)

    assert len(owners) > 16
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_run_whose_end_was_being_told_when_the_worker_died_ends_once(crashes: Crashes, bench: ManagedBench) -> None:
    def end() -> Prepared:
        bench.minutes(2)
        owner, _ = bench.ready(CENTS)
        bench.clock.pass_by(timedelta(minutes=1))
        bench.runs.start(bench.clock.now())
        run_id = str(bench.portfolio(owner).run_id)
        return owner, lambda: bench.runs.apply(RunUpdated(run_id=run_id, status="SUCCESS"))

    owners = die_everywhere(crashes, end)
    bench.minutes(3)

    assert len(owners) > 6
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


def ended(bench: ManagedBench, status: str, share: str = "1") -> tuple[str, AccountFinished]:
    """Return a new person whose run has ended, and the event that says so."""
    owner, _ = bench.ready(CENTS)
    bench.clock.pass_by(timedelta(minutes=1))
    bench.broker.share = Decimal(share)
    bench.runs.start(bench.clock.now())
    run_id = str(bench.portfolio(owner).run_id)
    broker_run = bench.run_store.find(run_id)
    assert broker_run is not None
    bench.broker.end(str(broker_run.broker_run_id), status)
    bench.runs.apply(RunUpdated(run_id=run_id, status=status))
    event = bench.events.pop()
    assert isinstance(event.payload, AccountFinished)
    return owner, event.payload


def test_an_end_that_died_anywhere_is_booked_once(crashes: Crashes, bench: ManagedBench) -> None:
    def end() -> Prepared:
        owner, event = ended(bench, "SUCCESS")
        return owner, lambda: bench.finish.apply(event)

    owners = die_everywhere(crashes, end)
    bench.minutes(3)

    assert len(owners) > 6
    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_failure_that_died_anywhere_leaves_what_was_bought_and_no_targets_beyond(
    crashes: Crashes, bench: ManagedBench
) -> None:
    def failure() -> Prepared:
        owner, event = ended(bench, "BUY_AMOUNTCASH_ORDERS_FAILED", share="0.5")
        return owner, lambda: bench.finish.apply(event)

    owners = die_everywhere(crashes, failure)
    bench.minutes(3)

    assert len(owners) > 8
    for owner in owners:
        (version,) = bench.store.versions(owner, collection_id=None, status=None, after=None, limit=5).versions
        assert (version.status, version.executed_cents) == (VersionStatus.FAILED, CENTS // 2)
        assert bench.targets(owner) == bench.weights_held(owner)
        assert_settled(bench, owner)


def test_an_end_of_a_day_that_died_anywhere_is_kept_once(crashes: Crashes, bench: ManagedBench) -> None:
    today, holders = trading_date(bench.clock.now()), bench.holders(20)

    def snapshot() -> Prepared:
        owner = holders.pop()
        return owner, lambda: bench.holdings.snapshot(owner, today)

    owners = die_everywhere(crashes, snapshot)
    for owner in owners:
        bench.holdings.snapshot(owner, today)

    for owner in owners:
        (day,) = bench.store.days(owner, after=None, limit=5).days
        assert (day.day, day.equity_cents, day.funds) == (today, CASH, {"tech": (CENTS, CENTS)})
        assert bench.portfolio(owner).marks == (day,)
        assert_carried_out(bench, owner, {"tech": CENTS})
