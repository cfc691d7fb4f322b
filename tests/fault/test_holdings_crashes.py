"""A worker may die before and after every request: one portfolio, one fund, one execution, a ledger that agrees."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes, Step
from tests.support.managed import CASH, ManagedHarness, assert_carried_out, assert_settled
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
def harness(crashes: Crashes, monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    harness = ManagedHarness()
    harness.broker.visit = crashes.visit
    return harness


def die_everywhere(crashes: Crashes, prepare: Callable[[], Prepared]) -> list[str]:
    """Let a step die at each of its sides, for somebody else each time; return them all."""
    rehearsed, step = prepare()
    owners = [rehearsed]
    for place in range(1, crashes.count(step) + 1):
        owner, step = prepare()
        crashes.die_at(place, step)
        owners.append(owner)
    return owners


def test_a_first_pass_that_died_anywhere_buys_once(crashes: Crashes, harness: ManagedHarness) -> None:
    def first_pass() -> Prepared:
        owner = harness.person()
        harness.buy(owner, CENTS)
        harness.shelf.ids.clear()
        return owner, lambda: harness.rebalancer.run(owner)

    owners = die_everywhere(crashes, first_pass)
    harness.minutes(5)

    assert len(owners) > 20
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_pass_over_old_funds_that_died_anywhere_trades_once(crashes: Crashes, harness: ManagedHarness) -> None:
    holders = harness.holders(30)

    def another_pass() -> Prepared:
        owner = holders.pop()
        harness.buy(owner, -100_000)
        harness.buy(owner, 200_000, "mixed")
        harness.shelf.ids.clear()
        return owner, lambda: harness.rebalancer.run(owner)

    owners = die_everywhere(crashes, another_pass)
    harness.minutes(5)

    assert len(owners) > 16
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS - 100_000, "mixed": 200_000})


def test_a_request_that_died_anywhere_is_taken_once(crashes: Crashes, harness: ManagedHarness) -> None:
    def request() -> Prepared:
        owner = harness.person()
        return owner, lambda: harness.buy(owner, CENTS, key="the-same-key-again")

    owners = die_everywhere(crashes, request)
    versions = [harness.buy(owner, CENTS, key="the-same-key-again") for owner in owners]
    harness.minutes(4)

    assert len(owners) > 6
    assert len({version.version_id for version in versions}) == len(owners)
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_request_that_died_and_is_not_asked_again_is_whole_or_not_there(
    crashes: Crashes, harness: ManagedHarness
) -> None:
    holders = harness.holders(20)

    def request() -> Prepared:
        owner = holders.pop()
        return owner, lambda: harness.buy(owner, -100_000)

    owners = die_everywhere(crashes, request)
    harness.minutes(4)

    assert {harness.held(owner)["tech"] for owner in owners} == {CENTS, CENTS - 100_000}
    for owner in owners:
        assert_carried_out(harness, owner, harness.held(owner))


def test_a_cancellation_that_died_anywhere_holds_no_cash_and_sends_nothing(
    crashes: Crashes, harness: ManagedHarness
) -> None:
    def cancellation() -> Prepared:
        owner = harness.person()
        version = harness.buy(owner, CENTS)
        return owner, lambda: harness.cancellations.cancel(owner, version.version_id)

    owners = die_everywhere(crashes, cancellation)
    for owner in owners:
        (version,) = harness.store.versions(owner, collection_id=None, status=None, after=None, limit=5).versions
        assert harness.cancellations.cancel(owner, version.version_id).status is VersionStatus.CANCELLED
    harness.minutes(4)

    for owner in owners:
        assert harness.held(owner) == {}
        assert_settled(harness, owner)
    assert harness.broker.calls["start_run"] == 0


def test_the_start_of_a_run_that_died_anywhere_trades_once(crashes: Crashes, harness: ManagedHarness) -> None:
    def start() -> Prepared:
        harness.minutes(2)
        owner, _ = harness.ready(CENTS)
        harness.clock.pass_by(timedelta(minutes=1))
        moment = harness.clock.now()
        return owner, lambda: harness.runs.start(moment)

    owners = die_everywhere(crashes, start)
    harness.minutes(4)

    assert len(owners) > 16
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_run_whose_end_was_being_told_when_the_worker_died_ends_once(
    crashes: Crashes, harness: ManagedHarness
) -> None:
    def end() -> Prepared:
        harness.minutes(2)
        owner, _ = harness.ready(CENTS)
        harness.clock.pass_by(timedelta(minutes=1))
        harness.runs.start(harness.clock.now())
        run_id = str(harness.portfolio(owner).run_id)
        return owner, lambda: harness.runs.apply(RunUpdated(run_id=run_id, status="SUCCESS"))

    owners = die_everywhere(crashes, end)
    harness.minutes(3)

    assert len(owners) > 6
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


def ended(harness: ManagedHarness, status: str, share: str = "1") -> tuple[str, AccountFinished]:
    """Return a new person whose run has ended, and the event that says so."""
    owner, _ = harness.ready(CENTS)
    harness.clock.pass_by(timedelta(minutes=1))
    harness.broker.share = Decimal(share)
    harness.runs.start(harness.clock.now())
    run_id = str(harness.portfolio(owner).run_id)
    broker_run = harness.run_store.find(run_id)
    assert broker_run is not None
    harness.broker.end(str(broker_run.broker_run_id), status)
    harness.runs.apply(RunUpdated(run_id=run_id, status=status))
    event = harness.events.pop()
    assert isinstance(event.payload, AccountFinished)
    return owner, event.payload


def test_an_end_that_died_anywhere_is_booked_once(crashes: Crashes, harness: ManagedHarness) -> None:
    def end() -> Prepared:
        owner, event = ended(harness, "SUCCESS")
        return owner, lambda: harness.finish.apply(event)

    owners = die_everywhere(crashes, end)
    harness.minutes(3)

    assert len(owners) > 6
    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_failure_that_died_anywhere_leaves_what_was_bought_and_no_targets_beyond(
    crashes: Crashes, harness: ManagedHarness
) -> None:
    def failure() -> Prepared:
        owner, event = ended(harness, "BUY_AMOUNTCASH_ORDERS_FAILED", share="0.5")
        return owner, lambda: harness.finish.apply(event)

    owners = die_everywhere(crashes, failure)
    harness.minutes(3)

    assert len(owners) > 8
    for owner in owners:
        (version,) = harness.store.versions(owner, collection_id=None, status=None, after=None, limit=5).versions
        assert (version.status, version.executed_cents) == (VersionStatus.FAILED, CENTS // 2)
        assert harness.targets(owner) == harness.weights_held(owner)
        assert_settled(harness, owner)


def test_an_end_of_a_day_that_died_anywhere_is_kept_once(crashes: Crashes, harness: ManagedHarness) -> None:
    today, holders = trading_date(harness.clock.now()), harness.holders(20)

    def snapshot() -> Prepared:
        owner = holders.pop()
        return owner, lambda: harness.holdings.snapshot(owner, today)

    owners = die_everywhere(crashes, snapshot)
    for owner in owners:
        harness.holdings.snapshot(owner, today)

    for owner in owners:
        (day,) = harness.store.days(owner, after=None, limit=5).days
        assert (day.day, day.equity_cents, day.funds) == (today, CASH, {"tech": (CENTS, CENTS)})
        assert harness.portfolio(owner).marks == (day,)
        assert_carried_out(harness, owner, {"tech": CENTS})
