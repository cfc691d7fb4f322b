"""What runs come to: every status of the broker's, partial failures, refusals, fills that stay out."""

from decimal import Decimal

import pytest

from tests.support.managed import CASH, ManagedBench, assert_carried_out, assert_settled
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
def bench(monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    return ManagedBench()


def started(bench: ManagedBench, *owners: str) -> Run:
    """Start the run of these people, which stays as the broker made it; return it."""
    bench.broker.ends_as = None
    bench.minute()
    run = bench.run_store.find(str(bench.portfolio(owners[0]).run_id))
    assert run is not None
    return run


def report(bench: ManagedBench, run: Run, status: str) -> Run:
    """Give the broker's run a status without fills, and poll it; return the run."""
    bench.broker.runs[str(run.broker_run_id)].status = status
    bench.runs.poll()
    bench.work_off()
    found = bench.run_store.find(run.run_id)
    assert found is not None
    return found


def fail(bench: ManagedBench, run: Run, status: str, share: str = "0") -> None:
    """End the broker's run with so much of it done."""
    bench.broker.runs[str(run.broker_run_id)].share = Decimal(share)
    bench.broker.end(str(run.broker_run_id), status)
    bench.minute()


def test_each_pending_status_in_turn_ends_nothing(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    run = started(bench, owner)

    for rank, status in enumerate(PENDING):
        run_after = report(bench, run, status)

        assert (run_after.raw_status, run_after.rank, run_after.run_class) == (status, rank, RunClass.PENDING)
        assert bench.now(version).status is VersionStatus.EXECUTING
    assert bench.portfolio(owner).stage is RebalanceStage.RUNNING


def test_statuses_told_backwards_never_regress(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    run = started(bench, owner)
    newest = report(bench, run, PENDING[-1])

    for status in reversed(PENDING):
        assert report(bench, run, status) == newest

    assert bench.now(version).status is VersionStatus.EXECUTING


def test_a_strange_status_stays_pending_until_one_that_is_known(bench: ManagedBench) -> None:
    owner, _ = bench.ready()
    run = started(bench, owner)

    for status in ("SOMETHING_NEW", "", "success", "REBALANCE_FAILED_NOT"):
        run_after = report(bench, run, status)

        assert (run_after.run_class, run_after.state) == (RunClass.PENDING, RunState.OPEN)
        assert bench.portfolio(owner).stage is RebalanceStage.RUNNING
    fail(bench, run, "SUCCESS", share="1")
    assert_carried_out(bench, owner, {"tech": CENTS})


def test_every_end_with_fills_completes_what_was_filled(bench: ManagedBench) -> None:
    for status in SUCCEEDED:
        owner, _ = bench.ready()
        fail(bench, started(bench, owner), status, share="1")

        assert_carried_out(bench, owner, {"tech": CENTS})


def test_every_failure_ends_versions_and_gives_their_cash_back(bench: ManagedBench) -> None:
    for status in FAILED:
        owner, version = bench.ready()
        fail(bench, started(bench, owner), status, share="0.25")

        failed = bench.now(version)
        assert (failed.status, failed.executed_cents) == (VersionStatus.FAILED, CENTS // 4)
        assert (failed.reason and failed.reason.code) == "run_failed"
        assert bench.targets(owner) == bench.weights_held(owner)
        assert bench.account(owner).cash_cents == CASH - CENTS // 4
        assert_settled(bench, owner)


def test_targets_are_what_is_held_before_a_version_is_called_failed(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    run = started(bench, owner)
    statuses: list[VersionStatus] = []
    bench.broker.after["update_portfolio"] = lambda: statuses.append(bench.now(version).status)

    fail(bench, run, "REBALANCE_ABORTED")

    assert statuses == [VersionStatus.EXECUTING]
    assert bench.now(version).status is VersionStatus.FAILED


def test_a_version_is_not_called_failed_while_the_broker_cannot_be_told(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    run = started(bench, owner)

    def down() -> None:
        raise Unavailable("down")

    bench.broker.before["update_portfolio"] = down
    fail(bench, run, "REBALANCE_FAILED")
    bench.minutes(10)
    assert bench.now(version).status is VersionStatus.EXECUTING
    bench.broker.before.clear()
    bench.minutes(1)

    assert bench.now(version).status is VersionStatus.FAILED
    assert bench.targets(owner) == {}
    assert_settled(bench, owner)


def test_a_failed_run_that_was_filled_after_all_is_complete(bench: ManagedBench) -> None:
    owner, _ = bench.ready()
    run = started(bench, owner)

    fail(bench, run, "SUBACCOUNT_HOLDINGS_UPDATE_FAILED", share="1")

    assert_carried_out(bench, owner, {"tech": CENTS})


def test_of_two_accounts_of_a_run_one_fails(bench: ManagedBench) -> None:
    (ada, bought), (bob, failed) = bench.ready(), bench.ready()
    bench.broker.failing = frozenset({bench.at(bob)})
    run = started(bench, ada, bob)

    fail(bench, run, "SUCCESS", share="1")

    assert len(run.accounts) == 2
    assert_carried_out(bench, ada, {"tech": CENTS})
    assert bench.now(bought).status is VersionStatus.COMPLETE
    assert bench.now(failed).status is VersionStatus.FAILED
    assert bench.held(bob) == {}
    assert bench.targets(bob) == {}
    assert_settled(bench, bob)


def test_an_outcome_that_cannot_be_had_is_waited_for_and_then_measured(bench: ManagedBench) -> None:
    (ada, _), (bob, open_) = bench.ready(), bench.ready()
    bench.broker.failing = frozenset({bench.at(bob)})
    run = started(bench, ada, bob)

    def expired() -> None:
        raise Unavailable("The address expired.")

    bench.broker.before["outcome"] = expired
    fail(bench, run, "SUCCESS", share="1")
    bench.minutes(10)
    assert bench.portfolio(ada).stage is RebalanceStage.RUNNING
    bench.broker.failing, bench.broker.ends_as = frozenset(), "SUCCESS"
    bench.minutes(15)

    assert_carried_out(bench, ada, {"tech": CENTS})
    assert_carried_out(bench, bob, {"tech": CENTS})
    assert bench.now(open_).attempts == 1


def test_a_success_without_fills_is_tried_again_for_what_is_left(bench: ManagedBench) -> None:
    bench.broker.share = Decimal("0.5")
    owner, version = bench.ready()
    bench.minutes(2)
    half = bench.now(version)
    bench.broker.share = Decimal(1)
    bench.minutes(10)

    assert (half.status, half.executed_cents, half.reserved_cents) == (VersionStatus.EXECUTING, CENTS // 2, CENTS // 2)
    assert_carried_out(bench, owner, {"tech": CENTS})
    assert bench.broker.calls["start_run"] == 2


def test_what_is_never_filled_is_given_up_with_a_reason(bench: ManagedBench) -> None:
    bench.broker.share = Decimal(0)
    owner, version = bench.ready()

    bench.minutes(60)

    failed = bench.now(version)
    assert (failed.status, failed.executed_cents) == (VersionStatus.FAILED, 0)
    assert failed.reason is not None
    assert failed.reason.code == "not_executed"
    assert 1 < bench.broker.calls["start_run"] <= 6
    assert bench.targets(owner) == {}
    assert_settled(bench, owner)


def test_one_bad_account_of_five_does_not_keep_the_others_from_trading(bench: ManagedBench) -> None:
    people = [bench.ready() for _ in range(5)]
    bad, refused = people[3]
    bench.broker.refused.add(bench.at(bad))

    bench.minutes(4)

    for owner, _ in people:
        if owner != bad:
            assert_carried_out(bench, owner, {"tech": CENTS})
    assert bench.now(refused).status is VersionStatus.FAILED
    assert_settled(bench, bad)
    assert tuple(bench.run_store.unfinished()) == ()


def test_a_version_that_was_not_in_a_failed_run_does_not_fail_with_it(bench: ManagedBench) -> None:
    bench.broker.share = Decimal("0.5")
    owner = bench.person()
    flow = bench.deposit(owner, 500_000)
    bench.settle(flow)
    bought = bench.buy(owner, 1_400_000)
    bench.minutes(3)
    bench.give_back(flow)
    sold = bench.buy(owner, -50_000)
    bench.broker.share, bench.broker.ends_as = Decimal(0), "REBALANCE_FAILED"
    bench.minutes(6)

    assert bench.now(sold).status is VersionStatus.FAILED
    assert bench.now(bought).status is VersionStatus.EXECUTING
    assert bench.now(bought).executed_cents == bench.held(owner)["tech"]


def test_what_was_told_and_cannot_be_traded_any_more_is_taken_back_before_it_fails(bench: ManagedBench) -> None:
    bench.broker.share = Decimal(0)
    owner, version = bench.ready()
    bench.minutes(2)
    targets = bench.targets(owner)
    bench.shelf.inactive = {"AAPL", "MSFT"}
    bench.minutes(7)

    failed = bench.now(version)
    assert targets == {"tech": Decimal("0.4")}
    assert (failed.status, failed.reason and failed.reason.code) == (VersionStatus.FAILED, "no_tradable_symbols")
    assert bench.targets(owner) == {}
    assert_settled(bench, owner)
