"""Any call to the broker may fail, lose its answer or be refused: the next rebalance puts it right."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.funding import lost
from tests.support.managed import CASH, HALVES, ManagedHarness, assert_carried_out, assert_settled
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
def harness(monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    return ManagedHarness()


def fails(error: type[PartnerError], times: int = 1) -> Callable[[], None]:
    """Return a fault that raises so many times."""
    left = [times]

    def fault() -> None:
        if left[0]:
            left[0] -= 1
            raise error("It did not work.")

    return fault


@contextmanager
def once(harness: ManagedHarness, side: str, name: str, error: type[PartnerError]) -> Iterator[None]:
    """Have a call fail once, before or after the broker acted."""
    faults = harness.broker.before if side == "before" else harness.broker.after
    faults[name] = fails(error)
    yield
    del faults[name]


@pytest.mark.parametrize(("side", "error"), FAULTS)
def test_a_call_of_a_first_pass_that_fails_once_is_made_good(
    harness: ManagedHarness, side: str, error: type[PartnerError]
) -> None:
    owners = [harness.person() for _ in FIRST_PASS]
    for owner, name in zip(owners, FIRST_PASS, strict=True):
        harness.buy(owner, CENTS)
        harness.shelf.ids.clear()
        with once(harness, side, name, error):
            assert harness.rebalancer.run(owner) is RebalanceResult.WAITS

    harness.minutes(8)

    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS})


@pytest.mark.parametrize(("side", "error"), FAULTS)
def test_a_call_over_old_funds_that_fails_once_is_made_good(
    harness: ManagedHarness, side: str, error: type[PartnerError]
) -> None:
    owners = harness.holders(len(LATER_PASS))
    for owner, name in zip(owners, LATER_PASS, strict=True):
        harness.buy(owner, -100_000, weights=HALVES)
        harness.buy(owner, 200_000, "mixed")
        with once(harness, side, name, error):
            assert harness.rebalancer.run(owner) is RebalanceResult.WAITS

    harness.minutes(8)

    for owner in owners:
        assert_carried_out(harness, owner, {"tech": CENTS - 100_000, "mixed": 200_000})


@pytest.mark.parametrize(("side", "error"), FAULTS[:3])
@pytest.mark.parametrize("name", ["start_run", "run"])
def test_a_call_of_a_run_that_fails_once_is_made_good(
    harness: ManagedHarness, name: str, side: str, error: type[PartnerError]
) -> None:
    owner, _ = harness.ready(CENTS)
    with once(harness, side, name, Unavailable if name == "run" else error):
        harness.minute()

    harness.minutes(3)

    assert_carried_out(harness, owner, {"tech": CENTS})
    assert len(harness.broker.runs) == 1


@pytest.mark.parametrize("name", ["create_portfolio", "assign"])
def test_a_portfolio_that_is_refused_for_a_while_is_made_once_it_is_not(harness: ManagedHarness, name: str) -> None:
    harness.broker.before[name] = fails(Refused, times=3)
    owner = harness.person()
    harness.buy(owner, CENTS)

    harness.minutes(9)

    assert_carried_out(harness, owner, {"tech": CENTS})


@pytest.mark.parametrize("name", ["create_portfolio", "create_fund"])
def test_what_was_made_under_a_key_that_the_broker_forgot_is_found_by_our_own_id(
    harness: ManagedHarness, name: str
) -> None:
    owner = harness.person()
    harness.buy(owner, CENTS)
    with once(harness, "after", name, OutcomeUnknown):
        harness.rebalancer.run(owner)
    harness.broker.by_key.clear()

    harness.minutes(8)

    assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_refused_plan_is_given_up_with_a_reason_and_the_cash_is_free(harness: ManagedHarness) -> None:
    harness.broker.before["create_fund"] = fails(Refused, times=100)
    owner = harness.person()
    version = harness.buy(owner, CENTS)

    harness.minutes(40)

    failed = harness.now(version)
    assert (failed.status, failed.reason and failed.reason.code) == (VersionStatus.FAILED, "broker_refused")
    assert harness.account(owner).cash_cents == CASH
    assert_settled(harness, owner)


def test_a_fund_that_was_told_without_its_portfolio_is_led_right(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    harness.buy(owner, 100_000, weights=HALVES)
    harness.broker.before["update_portfolio"] = fails(Unavailable)
    half = harness.rebalancer.run(owner)
    harness.broker.before.clear()
    harness.minutes(9)

    assert half is RebalanceResult.WAITS
    assert_carried_out(harness, owner, {"tech": CENTS + 100_000})


def test_a_fund_whose_answer_was_lost_is_told_again_even_what_it_was_told_before(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    before = dict(harness.fund(owner).weights)
    harness.broker.prices["AAPL"] = 150
    harness.buy(owner, 100_000)
    harness.broker.after["update_fund"] = lost()
    harness.rebalancer.run(owner)
    shifted = dict(harness.fund(owner).weights)
    harness.broker.prices["AAPL"] = 100
    harness.minutes(9)

    assert shifted != before
    assert dict(harness.fund(owner).weights) == before
    assert_carried_out(harness, owner, {"tech": CENTS + 100_000})


def test_targets_told_as_held_are_no_excuse_not_to_tell_the_next_plan(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    before = dict(harness.fund(owner).weights)
    harness.broker.share, harness.broker.ends_as = harness.broker.share * 0, None
    harness.buy(owner, 100_000)
    harness.minutes(2)
    harness.broker.prices["AAPL"] = 150
    (run_id,) = (run_id for run_id, run in harness.broker.runs.items() if not run.is_filled)
    harness.broker.end(run_id, "REBALANCE_FAILED")
    harness.minutes(1)
    as_held = dict(harness.fund(owner).weights)
    harness.broker.prices["AAPL"] = 100
    harness.broker.share, harness.broker.ends_as = harness.broker.share + 1, "SUCCESS"
    harness.buy(owner, 200_000)
    harness.minutes(3)

    assert as_held != before
    assert dict(harness.fund(owner).weights) == before
    assert harness.held(owner) == {"tech": CENTS + 200_000}


def test_a_run_whose_creation_was_lost_is_asked_for_under_the_same_key(harness: ManagedHarness) -> None:
    owner, _ = harness.ready()
    harness.broker.after["start_run"] = lost(3)

    harness.minutes(3)
    waiting = [harness.run_store.find(run_id) for run_id in harness.run_store.unfinished()]
    harness.minutes(3)

    assert [run.state for run in waiting if run] == [RunState.SENDING]
    assert len(harness.broker.runs) == 1
    assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_broker_that_is_down_for_hours_gets_everything_once(harness: ManagedHarness) -> None:
    owner = harness.person()
    harness.buy(owner, CENTS)
    calls = ("create_portfolio", "find", "assign", "create_fund", "update_portfolio", "status", "start_run", "run")
    for minute in range(0, 90, 10):
        harness.broker.before = {name: fails(Unavailable, times=1000) for name in calls[minute // 10 :]}
        harness.minutes(10)
    harness.broker.before.clear()
    harness.minutes(6)

    assert_carried_out(harness, owner, {"tech": CENTS})
    assert list(harness.broker.portfolios.values()) == [account_id_of(owner)]


def test_an_end_that_no_delivery_could_apply_is_told_again(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    harness.broker.before["status"] = fails(Unavailable, times=1000)
    harness.minutes(4)
    harness.events.clear()  # as a queue does that gave a message up
    stuck = harness.portfolio(owner).stage
    harness.broker.before.clear()
    harness.minutes(1)

    assert stuck is RebalanceStage.RUNNING
    assert harness.now(version).status is VersionStatus.COMPLETE
    assert_carried_out(harness, owner, {"tech": CENTS})
    harness.minutes(1)
    assert tuple(harness.run_store.unfinished()) == ()
