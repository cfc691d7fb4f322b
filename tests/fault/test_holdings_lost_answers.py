"""Any call to the broker may fail, lose its answer or be refused: the next rebalance puts it right."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.funding import lost
from tests.support.managed import CASH, HALVES, ManagedBench, assert_carried_out, assert_settled
from tests.support.moto_speedups import copy_lightly
from trading.funding.accounts.models import account_id_of
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.runs.models import RunState
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

CENTS = 400_000
FIRST_PASS = ("create_portfolio", "assign", "create_fund", "update_portfolio", "instrument")
LATER_PASS = ("update_fund", "create_fund", "update_portfolio")
FAULTS = [("before", Unavailable), ("before", OutcomeUnknown), ("after", OutcomeUnknown), ("before", Refused)]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    return ManagedBench()


def fails(error: type[PartnerError], times: int = 1) -> Callable[[], None]:
    """Return a fault that raises so many times."""
    left = [times]

    def fault() -> None:
        if left[0]:
            left[0] -= 1
            raise error("It did not work.")

    return fault


@contextmanager
def once(bench: ManagedBench, side: str, name: str, error: type[PartnerError]) -> Iterator[None]:
    """Have a call fail once, before or after the broker acted."""
    faults = bench.broker.before if side == "before" else bench.broker.after
    faults[name] = fails(error)
    yield
    del faults[name]


@pytest.mark.parametrize(("side", "error"), FAULTS)
def test_a_call_of_a_first_pass_that_fails_once_is_made_good(
    bench: ManagedBench, side: str, error: type[PartnerError]
) -> None:
    owners = [bench.person() for _ in FIRST_PASS]
    for owner, name in zip(owners, FIRST_PASS, strict=True):
        bench.buy(owner, CENTS)
        bench.shelf.ids.clear()
        with once(bench, side, name, error):
            assert bench.rebalancer.run(owner) is RebalanceResult.WAITS

    bench.minutes(8)

    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS})


@pytest.mark.parametrize(("side", "error"), FAULTS)
def test_a_call_over_old_funds_that_fails_once_is_made_good(
    bench: ManagedBench, side: str, error: type[PartnerError]
) -> None:
    owners = bench.holders(len(LATER_PASS))
    for owner, name in zip(owners, LATER_PASS, strict=True):
        bench.buy(owner, -100_000, weights=HALVES)
        bench.buy(owner, 200_000, "mixed")
        with once(bench, side, name, error):
            assert bench.rebalancer.run(owner) is RebalanceResult.WAITS

    bench.minutes(8)

    for owner in owners:
        assert_carried_out(bench, owner, {"tech": CENTS - 100_000, "mixed": 200_000})


@pytest.mark.parametrize(("side", "error"), FAULTS[:3])
@pytest.mark.parametrize("name", ["start_run", "run"])
def test_a_call_of_a_run_that_fails_once_is_made_good(
    bench: ManagedBench, name: str, side: str, error: type[PartnerError]
) -> None:
    owner, _ = bench.ready(CENTS)
    with once(bench, side, name, Unavailable if name == "run" else error):
        bench.minute()

    bench.minutes(3)

    assert_carried_out(bench, owner, {"tech": CENTS})
    assert len(bench.broker.runs) == 1


@pytest.mark.parametrize("name", ["create_portfolio", "assign"])
def test_a_portfolio_that_is_refused_for_a_while_is_made_once_it_is_not(bench: ManagedBench, name: str) -> None:
    bench.broker.before[name] = fails(Refused, times=3)
    owner = bench.person()
    bench.buy(owner, CENTS)

    bench.minutes(9)

    assert_carried_out(bench, owner, {"tech": CENTS})


@pytest.mark.parametrize("name", ["create_portfolio", "create_fund"])
def test_what_was_made_under_a_key_that_the_broker_forgot_is_found_by_our_own_id(
    bench: ManagedBench, name: str
) -> None:
    owner = bench.person()
    bench.buy(owner, CENTS)
    with once(bench, "after", name, OutcomeUnknown):
        bench.rebalancer.run(owner)
    bench.broker.by_key.clear()

    bench.minutes(8)

    assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_refused_plan_is_given_up_with_a_reason_and_the_cash_is_free(bench: ManagedBench) -> None:
    bench.broker.before["create_fund"] = fails(Refused, times=100)
    owner = bench.person()
    version = bench.buy(owner, CENTS)

    bench.minutes(40)

    failed = bench.now(version)
    assert (failed.status, failed.reason and failed.reason.code) == (VersionStatus.FAILED, "broker_refused")
    assert bench.account(owner).cash_cents == CASH
    assert_settled(bench, owner)


def test_a_fund_that_was_told_without_its_portfolio_is_led_right(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    bench.buy(owner, 100_000, weights=HALVES)
    bench.broker.before["update_portfolio"] = fails(Unavailable)
    half = bench.rebalancer.run(owner)
    bench.broker.before.clear()
    bench.minutes(9)

    assert half is RebalanceResult.WAITS
    assert_carried_out(bench, owner, {"tech": CENTS + 100_000})


def test_a_fund_whose_answer_was_lost_is_told_again_even_what_it_was_told_before(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    before = dict(bench.fund(owner).weights)
    bench.broker.prices["AAPL"] = 150
    bench.buy(owner, 100_000)
    bench.broker.after["update_fund"] = lost()
    bench.rebalancer.run(owner)
    shifted = dict(bench.fund(owner).weights)
    bench.broker.prices["AAPL"] = 100
    bench.minutes(9)

    assert shifted != before
    assert dict(bench.fund(owner).weights) == before
    assert_carried_out(bench, owner, {"tech": CENTS + 100_000})


def test_targets_told_as_held_are_no_excuse_not_to_tell_the_next_plan(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    before = dict(bench.fund(owner).weights)
    bench.broker.share, bench.broker.ends_as = bench.broker.share * 0, None
    bench.buy(owner, 100_000)
    bench.minutes(2)
    bench.broker.prices["AAPL"] = 150
    (run_id,) = (run_id for run_id, run in bench.broker.runs.items() if not run.is_filled)
    bench.broker.end(run_id, "REBALANCE_FAILED")
    bench.minutes(1)
    as_held = dict(bench.fund(owner).weights)
    bench.broker.prices["AAPL"] = 100
    bench.broker.share, bench.broker.ends_as = bench.broker.share + 1, "SUCCESS"
    bench.buy(owner, 200_000)
    bench.minutes(3)

    assert as_held != before
    assert dict(bench.fund(owner).weights) == before
    assert bench.held(owner) == {"tech": CENTS + 200_000}


def test_a_run_whose_creation_was_lost_is_asked_for_under_the_same_key(bench: ManagedBench) -> None:
    owner, _ = bench.ready()
    bench.broker.after["start_run"] = lost(3)

    bench.minutes(3)
    waiting = [bench.run_store.find(run_id) for run_id in bench.run_store.unfinished()]
    bench.minutes(3)

    assert [run.state for run in waiting if run] == [RunState.SENDING]
    assert len(bench.broker.runs) == 1
    assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_broker_that_is_down_for_hours_gets_everything_once(bench: ManagedBench) -> None:
    owner = bench.person()
    bench.buy(owner, CENTS)
    calls = ("create_portfolio", "find", "assign", "create_fund", "update_portfolio", "status", "start_run", "run")
    for minute in range(0, 90, 10):
        bench.broker.before = {name: fails(Unavailable, times=1000) for name in calls[minute // 10 :]}
        bench.minutes(10)
    bench.broker.before.clear()
    bench.minutes(6)

    assert_carried_out(bench, owner, {"tech": CENTS})
    assert list(bench.broker.portfolios.values()) == [account_id_of(owner)]


def test_an_end_that_no_delivery_could_apply_is_told_again(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    bench.broker.before["status"] = fails(Unavailable, times=1000)
    bench.minutes(4)
    bench.events.clear()  # as a queue does that gave a message up
    stuck = bench.portfolio(owner).stage
    bench.broker.before.clear()
    bench.minutes(1)

    assert stuck is RebalanceStage.RUNNING
    assert bench.now(version).status is VersionStatus.COMPLETE
    assert_carried_out(bench, owner, {"tech": CENTS})
    bench.minutes(1)
    assert tuple(bench.run_store.unfinished()) == ()
