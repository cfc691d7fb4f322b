"""Cancelling, rebalances, runs, their ends and more versions in every order: nothing is revived or doubled."""

from collections.abc import Callable
from contextlib import suppress
from itertools import permutations

import pytest

from tests.support.crashes import cut_in
from tests.support.managed import CASH, ManagedBench, assert_carried_out, assert_settled
from tests.support.moto_speedups import copy_lightly
from trading.managed.messages import AccountFinished, AutopilotEvent, RunUpdated
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.runs.models import RunState
from trading.managed.versions.models import VersionStatus
from trading.platform.clock import rfc3339
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")

FIRST, SECOND = 400_000, 200_000
STEPS = ("cancel", "rebalance", "start", "poll", "second", "echo")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    return ManagedBench()


class Scenario:
    """One person's purchase, a second one, and whatever happens to them, step by step."""

    def __init__(self, bench: ManagedBench) -> None:
        self.bench, self.owner = bench, bench.person()
        self.first = bench.buy(self.owner, FIRST)
        self.cancelled = False
        self.wanted = FIRST

    def cancel(self) -> None:
        """Cancel the first purchase, if it still waits."""
        with suppress(Conflict):
            self.bench.cancellations.cancel(self.owner, self.first.version_id)
            self.cancelled, self.wanted = True, self.wanted - FIRST

    def second(self) -> None:
        """Ask for another purchase of the same collection."""
        self.bench.buy(self.owner, SECOND)
        self.wanted += SECOND

    def step(self, name: str) -> None:
        """Do one step."""
        bench = self.bench
        steps: dict[str, Callable[[], object]] = {
            "cancel": self.cancel,
            "second": self.second,
            "rebalance": lambda: bench.rebalancer.run(self.owner),
            "start": self.start,
            "poll": self.poll,
            "echo": self.echo,
        }
        steps[name]()
        if self.cancelled:
            assert bench.now(self.first).status is VersionStatus.CANCELLED

    def start(self) -> None:
        """Start a run in a new minute."""
        self.bench.clock.pass_by(self.bench.a_minute)
        self.bench.runs.start(self.bench.clock.now())

    def poll(self) -> None:
        """Look at the runs, and apply what comes of it."""
        self.bench.runs.poll()
        self.bench.work_off()

    def echo(self) -> None:
        """Deliver everything that was ever delivered once more, the newest first."""
        for event in reversed(tuple(self.bench.delivered)):
            self.bench.deliver(event)
        self.bench.work_off()


@pytest.mark.parametrize("begins", STEPS)
def test_every_order_of_steps_ends_alike(bench: ManagedBench, begins: str) -> None:
    others = [step for step in STEPS if step != begins]
    stories = []
    for order in tuple(permutations(others))[::20]:
        scenario = Scenario(bench)
        for name in (begins, *order):
            scenario.step(name)
        bench.delivered.clear()
        stories.append(scenario)
    bench.minutes(9)

    for scenario in stories:
        assert bench.held(scenario.owner) == ({"tech": scenario.wanted} if scenario.wanted else {})
        assert bench.now(scenario.first).status is (
            VersionStatus.CANCELLED if scenario.cancelled else VersionStatus.COMPLETE
        )
        assert_settled(bench, scenario.owner)


def test_a_cancelled_version_is_never_sent(bench: ManagedBench) -> None:
    owner = bench.person()
    version = bench.buy(owner, FIRST)
    bench.cancellations.cancel(owner, version.version_id)

    for _ in range(3):
        bench.rebalancer.run(owner)
        bench.minute()

    assert bench.now(version).status is VersionStatus.CANCELLED
    assert (bench.broker.targets, bench.broker.runs) == ({}, {})
    assert bench.account(owner).cash_cents == CASH


def test_of_a_cancellation_and_a_pass_at_once_the_pass_that_comes_first_wins(
    bench: ManagedBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (owner,) = bench.holders(1)
    version = bench.buy(owner, SECOND)
    cut_in(monkeypatch, lambda: bench.rebalancer.run(owner))

    with pytest.raises(Conflict) as refused:
        bench.cancellations.cancel(owner, version.version_id)

    assert refused.value.code == "not_cancellable"
    bench.minutes(3)
    assert_carried_out(bench, owner, {"tech": FIRST + SECOND})


def test_of_a_pass_and_a_cancellation_at_once_the_cancellation_that_comes_first_wins(
    bench: ManagedBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (owner,) = bench.holders(1)
    version = bench.buy(owner, SECOND)
    updates = bench.broker.calls["update_portfolio"]
    cut_in(monkeypatch, lambda: bench.cancellations.cancel(owner, version.version_id))

    did = bench.rebalancer.run(owner)

    assert (did, bench.broker.calls["update_portfolio"]) == (RebalanceResult.NOTHING, updates)
    bench.minutes(3)
    assert bench.held(owner) == {"tech": FIRST}
    assert_settled(bench, owner)


def test_of_two_passes_at_once_one_tells(bench: ManagedBench, monkeypatch: pytest.MonkeyPatch) -> None:
    (owner,) = bench.holders(1)
    bench.buy(owner, SECOND)
    updates, rivals = bench.broker.calls["update_portfolio"], []
    cut_in(monkeypatch, lambda: rivals.append(bench.rebalancer.run(owner)))

    did = bench.rebalancer.run(owner)

    assert (did, rivals) == (RebalanceResult.BUSY, [RebalanceResult.SUBMITTED])
    assert bench.broker.calls["update_portfolio"] == updates + 1
    bench.minutes(3)
    assert_carried_out(bench, owner, {"tech": FIRST + SECOND})


def test_two_first_passes_at_once_make_one_portfolio(bench: ManagedBench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = bench.person()
    bench.buy(owner, FIRST)
    cut_in(monkeypatch, lambda: bench.rebalancer.run(owner))

    bench.rebalancer.run(owner)

    bench.minutes(3)
    assert_carried_out(bench, owner, {"tech": FIRST})


def test_a_pass_whose_lease_was_taken_over_writes_nothing(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    bench.buy(owner, SECOND)
    written: list[int] = []

    def taken_over() -> None:
        bench.broker.after.clear()
        bench.wall.pass_by(2 * bench.a_minute)
        assert bench.rebalancer.run(owner) is RebalanceResult.SUBMITTED
        written.append(bench.portfolio(owner).version)

    bench.broker.after["update_portfolio"] = taken_over
    did = bench.rebalancer.run(owner)

    assert did is RebalanceResult.BUSY
    assert written == [bench.portfolio(owner).version]
    assert bench.portfolio(owner).stage is RebalanceStage.READY
    bench.minutes(3)
    assert_carried_out(bench, owner, {"tech": FIRST + SECOND})


def test_within_a_lease_nobody_else_makes_a_pass(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    bench.buy(owner, SECOND)
    rivals: list[RebalanceResult] = []
    bench.broker.before["update_portfolio"] = lambda: rivals.append(bench.rebalancer.run(owner))

    did = bench.rebalancer.run(owner)

    assert (did, rivals) == (RebalanceResult.SUBMITTED, [RebalanceResult.BUSY])


@pytest.mark.parametrize("moment", ["update_portfolio", "start_run", "run", "status"])
def test_a_second_version_may_come_at_any_moment_of_the_first(bench: ManagedBench, moment: str) -> None:
    owner = bench.person()
    first = bench.buy(owner, FIRST)

    def second() -> None:
        bench.broker.after.clear()
        bench.buy(owner, SECOND)

    bench.broker.after[moment] = second
    bench.minutes(3)
    then = bench.now(first).status
    bench.minutes(7)

    assert then in {VersionStatus.EXECUTING, VersionStatus.COMPLETE}
    assert_carried_out(bench, owner, {"tech": FIRST + SECOND})


@pytest.mark.parametrize("is_failed", [True, False])
def test_a_late_end_of_an_old_run_does_not_disturb_the_next(bench: ManagedBench, is_failed: bool) -> None:
    owner, _ = bench.ready(FIRST)
    bench.minutes(2)
    (old,) = {event.payload.run_id for event in bench.delivered}
    second = bench.buy(owner, SECOND)
    bench.broker.ends_as = None
    bench.rebalancer.run(owner)
    bench.minute()
    before = bench.store.load(owner)
    late = AccountFinished(run_id=old, owner=owner, is_failed=is_failed)

    for payload in (late, late, RunUpdated(run_id=old, status="REBALANCE_10")):
        assert bench.deliver(AutopilotEvent.of(payload, rfc3339(bench.clock.now())))

    assert bench.store.load(owner) == before
    assert bench.now(second).status is VersionStatus.EXECUTING
    run = bench.run_store.find(old)
    assert run is not None
    assert (run.raw_status, run.state) == ("SUCCESS", RunState.DONE)
    bench.broker.ends_as = "SUCCESS"
    bench.minutes(2)
    assert_carried_out(bench, owner, {"tech": FIRST + SECOND})


def test_the_same_minute_fired_twice_starts_one_run(bench: ManagedBench) -> None:
    owner, _ = bench.ready(FIRST)
    moment = bench.clock.now() + bench.a_minute
    bench.clock.pass_by(bench.a_minute)

    started = [bench.runs.start(moment), bench.runs.start(moment)]

    assert started == [1, 0]
    assert len(bench.broker.runs) == 1
    bench.minutes(2)
    assert_carried_out(bench, owner, {"tech": FIRST})
