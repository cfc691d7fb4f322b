"""What runs come to: every status of the broker's, partial failures, refusals, fills that stay out."""

from decimal import Decimal

import pytest

from tests.support.managed import CASH, ManagedHarness, assert_carried_out, assert_settled
from tests.support.moto_speedups import copy_lightly
from trading.brokerage.portfolios import RunClass
from trading.managed.models import RebalanceStage
from trading.managed.runs.models import Run, RunState
from trading.managed.versions.models import VersionStatus
from trading.partners.drivewealth.run_statuses import FAILED, PENDING, SUCCEEDED
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")

CENTS = 400_000


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    return ManagedHarness()


def started(harness: ManagedHarness, *owners: str) -> Run:
    """Start the run of these people, which stays as the broker made it; return it."""
    harness.broker.ends_as = None
    harness.minute()
    run = harness.run_store.find(str(harness.portfolio(owners[0]).run_id))
    assert run is not None
    return run


def report(harness: ManagedHarness, run: Run, status: str) -> Run:
    """Give the broker's run a status without fills, and poll it; return the run."""
    harness.broker.runs[str(run.broker_run_id)].status = status
    harness.runs.poll()
    harness.work_off()
    found = harness.run_store.find(run.run_id)
    assert found is not None
    return found


def fail(harness: ManagedHarness, run: Run, status: str, share: str = "0") -> None:
    """End the broker's run with so much of it done."""
    harness.broker.runs[str(run.broker_run_id)].share = Decimal(share)
    harness.broker.end(str(run.broker_run_id), status)
    harness.minute()


def test_each_pending_status_in_turn_ends_nothing(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    run = started(harness, owner)

    for rank, status in enumerate(PENDING):
        run_after = report(harness, run, status)

        assert (run_after.raw_status, run_after.rank, run_after.run_class) == (status, rank, RunClass.PENDING)
        assert harness.now(version).status is VersionStatus.EXECUTING
    assert harness.portfolio(owner).stage is RebalanceStage.RUNNING


def test_statuses_told_backwards_never_regress(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    run = started(harness, owner)
    newest = report(harness, run, PENDING[-1])

    for status in reversed(PENDING):
        assert report(harness, run, status) == newest

    assert harness.now(version).status is VersionStatus.EXECUTING


def test_a_strange_status_stays_pending_until_one_that_is_known(harness: ManagedHarness) -> None:
    owner, _ = harness.ready()
    run = started(harness, owner)

    for status in ("SOMETHING_NEW", "", "success", "REBALANCE_FAILED_NOT"):
        run_after = report(harness, run, status)

        assert (run_after.run_class, run_after.state) == (RunClass.PENDING, RunState.OPEN)
        assert harness.portfolio(owner).stage is RebalanceStage.RUNNING
    fail(harness, run, "SUCCESS", share="1")
    assert_carried_out(harness, owner, {"tech": CENTS})


def test_every_end_with_fills_completes_what_was_filled(harness: ManagedHarness) -> None:
    for status in SUCCEEDED:
        owner, _ = harness.ready()
        fail(harness, started(harness, owner), status, share="1")

        assert_carried_out(harness, owner, {"tech": CENTS})


def test_every_failure_ends_versions_and_gives_their_cash_back(harness: ManagedHarness) -> None:
    for status in FAILED:
        owner, version = harness.ready()
        fail(harness, started(harness, owner), status, share="0.25")

        failed = harness.now(version)
        assert (failed.status, failed.executed_cents) == (VersionStatus.FAILED, CENTS // 4)
        assert (failed.reason and failed.reason.code) == "run_failed"
        assert harness.targets(owner) == harness.weights_held(owner)
        assert harness.account(owner).cash_cents == CASH - CENTS // 4
        assert_settled(harness, owner)


def test_targets_are_what_is_held_before_a_version_is_called_failed(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    run = started(harness, owner)
    statuses: list[VersionStatus] = []
    harness.broker.after["update_portfolio"] = lambda: statuses.append(harness.now(version).status)

    fail(harness, run, "REBALANCE_ABORTED")

    assert statuses == [VersionStatus.EXECUTING]
    assert harness.now(version).status is VersionStatus.FAILED


def test_a_version_is_not_called_failed_while_the_broker_cannot_be_told(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    run = started(harness, owner)

    def down() -> None:
        raise Unavailable("down")

    harness.broker.before["update_portfolio"] = down
    fail(harness, run, "REBALANCE_FAILED")
    harness.minutes(10)
    assert harness.now(version).status is VersionStatus.EXECUTING
    harness.broker.before.clear()
    harness.minutes(1)

    assert harness.now(version).status is VersionStatus.FAILED
    assert harness.targets(owner) == {}
    assert_settled(harness, owner)


def test_a_failed_run_that_was_filled_after_all_is_complete(harness: ManagedHarness) -> None:
    owner, _ = harness.ready()
    run = started(harness, owner)

    fail(harness, run, "SUBACCOUNT_HOLDINGS_UPDATE_FAILED", share="1")

    assert_carried_out(harness, owner, {"tech": CENTS})


def test_of_two_accounts_of_a_run_one_fails(harness: ManagedHarness) -> None:
    (ada, bought), (bob, failed) = harness.ready(), harness.ready()
    harness.broker.failing = frozenset({harness.at(bob)})
    run = started(harness, ada, bob)

    fail(harness, run, "SUCCESS", share="1")

    assert len(run.accounts) == 2
    assert_carried_out(harness, ada, {"tech": CENTS})
    assert harness.now(bought).status is VersionStatus.COMPLETE
    assert harness.now(failed).status is VersionStatus.FAILED
    assert harness.held(bob) == {}
    assert harness.targets(bob) == {}
    assert_settled(harness, bob)


def test_an_outcome_that_cannot_be_had_is_waited_for_and_then_measured(harness: ManagedHarness) -> None:
    (ada, _), (bob, open_) = harness.ready(), harness.ready()
    harness.broker.failing = frozenset({harness.at(bob)})
    run = started(harness, ada, bob)

    def expired() -> None:
        raise Unavailable("The address expired.")

    harness.broker.before["outcome"] = expired
    fail(harness, run, "SUCCESS", share="1")
    harness.minutes(10)
    assert harness.portfolio(ada).stage is RebalanceStage.RUNNING
    harness.broker.failing, harness.broker.ends_as = frozenset(), "SUCCESS"
    harness.minutes(15)

    assert_carried_out(harness, ada, {"tech": CENTS})
    assert_carried_out(harness, bob, {"tech": CENTS})
    assert harness.now(open_).attempts == 1


def test_a_success_without_fills_is_tried_again_for_what_is_left(harness: ManagedHarness) -> None:
    harness.broker.share = Decimal("0.5")
    owner, version = harness.ready()
    harness.minutes(2)
    half = harness.now(version)
    harness.broker.share = Decimal(1)
    harness.minutes(10)

    assert (half.status, half.executed_cents, half.reserved_cents) == (VersionStatus.EXECUTING, CENTS // 2, CENTS // 2)
    assert_carried_out(harness, owner, {"tech": CENTS})
    assert harness.broker.calls["start_run"] == 2


def test_what_is_never_filled_is_given_up_with_a_reason(harness: ManagedHarness) -> None:
    harness.broker.share = Decimal(0)
    owner, version = harness.ready()

    harness.minutes(60)

    failed = harness.now(version)
    assert (failed.status, failed.executed_cents) == (VersionStatus.FAILED, 0)
    assert failed.reason is not None
    assert failed.reason.code == "not_executed"
    assert 1 < harness.broker.calls["start_run"] <= 6
    assert harness.targets(owner) == {}
    assert_settled(harness, owner)


def test_one_bad_account_of_five_does_not_keep_the_others_from_trading(harness: ManagedHarness) -> None:
    people = [harness.ready() for _ in range(5)]
    bad, refused = people[3]
    harness.broker.refused.add(harness.at(bad))

    harness.minutes(4)

    for owner, _ in people:
        if owner != bad:
            assert_carried_out(harness, owner, {"tech": CENTS})
    assert harness.now(refused).status is VersionStatus.FAILED
    assert_settled(harness, bad)
    assert tuple(harness.run_store.unfinished()) == ()


def test_a_version_that_was_not_in_a_failed_run_does_not_fail_with_it(harness: ManagedHarness) -> None:
    harness.broker.share = Decimal("0.5")
    owner = harness.person()
    flow = harness.deposit(owner, 500_000)
    harness.settle(flow)
    bought = harness.buy(owner, 1_400_000)
    harness.minutes(3)
    harness.give_back(flow)
    sold = harness.buy(owner, -50_000)
    harness.broker.share, harness.broker.ends_as = Decimal(0), "REBALANCE_FAILED"
    harness.minutes(6)

    assert harness.now(sold).status is VersionStatus.FAILED
    assert harness.now(bought).status is VersionStatus.EXECUTING
    assert harness.now(bought).executed_cents == harness.held(owner)["tech"]


def test_what_was_told_and_cannot_be_traded_any_more_is_taken_back_before_it_fails(harness: ManagedHarness) -> None:
    harness.broker.share = Decimal(0)
    owner, version = harness.ready()
    harness.minutes(2)
    targets = harness.targets(owner)
    harness.shelf.inactive = {"AAPL", "MSFT"}
    harness.minutes(7)

    failed = harness.now(version)
    assert targets == {"tech": Decimal("0.4")}
    assert (failed.status, failed.reason and failed.reason.code) == (VersionStatus.FAILED, "no_tradable_symbols")
    assert harness.targets(owner) == {}
    assert_settled(harness, owner)
