"""Cancelling, rebalances, runs, their ends and more versions in every order: nothing is revived or doubled."""

from collections.abc import Callable
from contextlib import suppress
from itertools import permutations

import pytest

from tests.support.crashes import cut_in
from tests.support.managed import CASH, ManagedHarness, assert_carried_out, assert_settled
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
def harness(monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    return ManagedHarness()


class Scenario:
    """One person's purchase, a second one, and whatever happens to them, step by step."""

    def __init__(self, harness: ManagedHarness) -> None:
        self.harness, self.owner = harness, harness.person()
        self.first = harness.buy(self.owner, FIRST)
        self.cancelled = False
        self.wanted = FIRST

    def cancel(self) -> None:
        """Cancel the first purchase, if it still waits."""
        with suppress(Conflict):
            self.harness.cancellations.cancel(self.owner, self.first.version_id)
            self.cancelled, self.wanted = True, self.wanted - FIRST

    def second(self) -> None:
        """Ask for another purchase of the same collection."""
        self.harness.buy(self.owner, SECOND)
        self.wanted += SECOND

    def step(self, name: str) -> None:
        """Do one step."""
        harness = self.harness
        steps: dict[str, Callable[[], object]] = {
            "cancel": self.cancel,
            "second": self.second,
            "rebalance": lambda: harness.rebalancer.run(self.owner),
            "start": self.start,
            "poll": self.poll,
            "echo": self.echo,
        }
        steps[name]()
        if self.cancelled:
            assert harness.now(self.first).status is VersionStatus.CANCELLED

    def start(self) -> None:
        """Start a run in a new minute."""
        self.harness.clock.pass_by(self.harness.a_minute)
        self.harness.runs.start(self.harness.clock.now())

    def poll(self) -> None:
        """Look at the runs, and apply what comes of it."""
        self.harness.runs.poll()
        self.harness.work_off()

    def echo(self) -> None:
        """Deliver everything that was ever delivered once more, the newest first."""
        for event in reversed(tuple(self.harness.delivered)):
            self.harness.deliver(event)
        self.harness.work_off()


@pytest.mark.parametrize("begins", STEPS)
def test_every_order_of_steps_ends_alike(harness: ManagedHarness, begins: str) -> None:
    others = [step for step in STEPS if step != begins]
    stories = []
    for order in tuple(permutations(others))[::20]:
        scenario = Scenario(harness)
        for name in (begins, *order):
            scenario.step(name)
        harness.delivered.clear()
        stories.append(scenario)
    harness.minutes(9)

    for scenario in stories:
        assert harness.held(scenario.owner) == ({"tech": scenario.wanted} if scenario.wanted else {})
        assert harness.now(scenario.first).status is (
            VersionStatus.CANCELLED if scenario.cancelled else VersionStatus.COMPLETE
        )
        assert_settled(harness, scenario.owner)


def test_a_cancelled_version_is_never_sent(harness: ManagedHarness) -> None:
    owner = harness.person()
    version = harness.buy(owner, FIRST)
    harness.cancellations.cancel(owner, version.version_id)

    for _ in range(3):
        harness.rebalancer.run(owner)
        harness.minute()

    assert harness.now(version).status is VersionStatus.CANCELLED
    assert (harness.broker.targets, harness.broker.runs) == ({}, {})
    assert harness.account(owner).cash_cents == CASH


def test_of_a_cancellation_and_a_pass_at_once_the_pass_that_comes_first_wins(
    harness: ManagedHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (owner,) = harness.holders(1)
    version = harness.buy(owner, SECOND)
    cut_in(monkeypatch, lambda: harness.rebalancer.run(owner))

    with pytest.raises(Conflict) as refused:
        harness.cancellations.cancel(owner, version.version_id)

    assert refused.value.code == "not_cancellable"
    harness.minutes(3)
    assert_carried_out(harness, owner, {"tech": FIRST + SECOND})


def test_of_a_pass_and_a_cancellation_at_once_the_cancellation_that_comes_first_wins(
    harness: ManagedHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (owner,) = harness.holders(1)
    version = harness.buy(owner, SECOND)
    updates = harness.broker.calls["update_portfolio"]
    cut_in(monkeypatch, lambda: harness.cancellations.cancel(owner, version.version_id))

    did = harness.rebalancer.run(owner)

    assert (did, harness.broker.calls["update_portfolio"]) == (RebalanceResult.NOTHING, updates)
    harness.minutes(3)
    assert harness.held(owner) == {"tech": FIRST}
    assert_settled(harness, owner)


def test_of_two_passes_at_once_one_tells(harness: ManagedHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    (owner,) = harness.holders(1)
    harness.buy(owner, SECOND)
    updates, rivals = harness.broker.calls["update_portfolio"], []
    cut_in(monkeypatch, lambda: rivals.append(harness.rebalancer.run(owner)))

    did = harness.rebalancer.run(owner)

    assert (did, rivals) == (RebalanceResult.BUSY, [RebalanceResult.SUBMITTED])
    assert harness.broker.calls["update_portfolio"] == updates + 1
    harness.minutes(3)
    assert_carried_out(harness, owner, {"tech": FIRST + SECOND})


def test_two_first_passes_at_once_make_one_portfolio(harness: ManagedHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = harness.person()
    harness.buy(owner, FIRST)
    cut_in(monkeypatch, lambda: harness.rebalancer.run(owner))

    harness.rebalancer.run(owner)

    harness.minutes(3)
    assert_carried_out(harness, owner, {"tech": FIRST})


def test_a_pass_whose_lease_was_taken_over_writes_nothing(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    harness.buy(owner, SECOND)
    written: list[int] = []

    def taken_over() -> None:
        harness.broker.after.clear()
        harness.wall.pass_by(2 * harness.a_minute)
        assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
        written.append(harness.portfolio(owner).version)

    harness.broker.after["update_portfolio"] = taken_over
    did = harness.rebalancer.run(owner)

    assert did is RebalanceResult.BUSY
    assert written == [harness.portfolio(owner).version]
    assert harness.portfolio(owner).stage is RebalanceStage.READY
    harness.minutes(3)
    assert_carried_out(harness, owner, {"tech": FIRST + SECOND})


def test_within_a_lease_nobody_else_makes_a_pass(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    harness.buy(owner, SECOND)
    rivals: list[RebalanceResult] = []
    harness.broker.before["update_portfolio"] = lambda: rivals.append(harness.rebalancer.run(owner))

    did = harness.rebalancer.run(owner)

    assert (did, rivals) == (RebalanceResult.SUBMITTED, [RebalanceResult.BUSY])


@pytest.mark.parametrize("moment", ["update_portfolio", "start_run", "run", "status"])
def test_a_second_version_may_come_at_any_moment_of_the_first(harness: ManagedHarness, moment: str) -> None:
    owner = harness.person()
    first = harness.buy(owner, FIRST)

    def second() -> None:
        harness.broker.after.clear()
        harness.buy(owner, SECOND)

    harness.broker.after[moment] = second
    harness.minutes(3)
    then = harness.now(first).status
    harness.minutes(7)

    assert then in {VersionStatus.EXECUTING, VersionStatus.COMPLETE}
    assert_carried_out(harness, owner, {"tech": FIRST + SECOND})


@pytest.mark.parametrize("is_failed", [True, False])
def test_a_late_end_of_an_old_run_does_not_disturb_the_next(harness: ManagedHarness, is_failed: bool) -> None:
    owner, _ = harness.ready(FIRST)
    harness.minutes(2)
    (old,) = {event.payload.run_id for event in harness.delivered}
    second = harness.buy(owner, SECOND)
    harness.broker.ends_as = None
    harness.rebalancer.run(owner)
    harness.minute()
    before = harness.store.load(owner)
    late = AccountFinished(run_id=old, owner=owner, is_failed=is_failed)

    for payload in (late, late, RunUpdated(run_id=old, status="REBALANCE_10")):
        assert harness.deliver(AutopilotEvent.of(payload, rfc3339(harness.clock.now())))

    assert harness.store.load(owner) == before
    assert harness.now(second).status is VersionStatus.EXECUTING
    run = harness.run_store.find(old)
    assert run is not None
    assert (run.raw_status, run.state) == ("SUCCESS", RunState.DONE)
    harness.broker.ends_as = "SUCCESS"
    harness.minutes(2)
    assert_carried_out(harness, owner, {"tech": FIRST + SECOND})


def test_the_same_minute_fired_twice_starts_one_run(harness: ManagedHarness) -> None:
    owner, _ = harness.ready(FIRST)
    moment = harness.clock.now() + harness.a_minute
    harness.clock.pass_by(harness.a_minute)

    started = [harness.runs.start(moment), harness.runs.start(moment)]

    assert started == [1, 0]
    assert len(harness.broker.runs) == 1
    harness.minutes(2)
    assert_carried_out(harness, owner, {"tech": FIRST})
