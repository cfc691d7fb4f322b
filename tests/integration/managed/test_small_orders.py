"""Small orders next to moving prices: submitted anew where prices moved, never executed the other way unseen."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.managed import ManagedHarness
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.runs.moves import MAX_SUBMISSIONS
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")

SMALL = 1_000


def submitted(harness: ManagedHarness, cents: int = SMALL) -> tuple[str, Any]:
    """Return somebody whose order was submitted and waits for a run."""
    (owner,) = harness.holders(1, 800_000)
    version = harness.buy(owner, cents)
    assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    return owner, version


@pytest.mark.parametrize("price", [101, 99, 110, 60])
@pytest.mark.parametrize("cents", [SMALL, -SMALL])
def test_a_small_order_is_told_anew_after_prices_moved(harness: ManagedHarness, price: int, cents: int) -> None:
    _owner, version = submitted(harness, cents)
    runs = harness.broker.calls["start_run"]

    harness.broker.prices["AAPL"] = price
    harness.minute()
    assert harness.broker.calls["start_run"] == runs
    harness.minutes(4)

    done = harness.now(version)
    assert done.status is VersionStatus.COMPLETE
    assert abs(done.executed_cents - cents) <= 150


def test_a_large_order_goes_out_at_once_without_another_look(harness: ManagedHarness) -> None:
    owner, _ = submitted(harness, 100_000)
    reads = harness.broker.calls["status"]

    harness.clock.pass_by(timedelta(minutes=1))
    harness.runs.start(harness.clock.now())

    assert harness.broker.calls["status"] == reads
    assert harness.portfolio(owner).stage is RebalanceStage.RUNNING


def test_a_large_order_that_waited_long_is_looked_at_again(harness: ManagedHarness) -> None:
    owner, _ = submitted(harness, 100_000)
    harness.broker.prices["AAPL"] = 150

    harness.clock.pass_by(timedelta(minutes=9))
    harness.runs.start(harness.clock.now())

    assert harness.portfolio(owner).stage is RebalanceStage.IDLE
    assert tuple(harness.run_store.due(harness.clock.now())) == (owner,)


def test_prices_that_never_rest_hold_an_order_up_a_few_times_only(harness: ManagedHarness) -> None:
    owner, version = submitted(harness)
    for minute in range(2 * MAX_SUBMISSIONS):
        harness.broker.prices["AAPL"] = 101 - minute % 2
        harness.minute()
        if harness.now(version).status is not VersionStatus.EXECUTING:
            break
        assert harness.portfolio(owner).submissions <= MAX_SUBMISSIONS + 1

    assert harness.broker.calls["start_run"] > 1


def test_an_order_that_was_given_up_takes_no_tries_from_the_next(harness: ManagedHarness) -> None:
    owner, version = submitted(harness)
    harness.shelf.inactive.update({"AAPL", "MSFT"})

    harness.broker.prices["AAPL"] = 101
    harness.minute()

    assert harness.now(version).status is VersionStatus.FAILED
    assert harness.portfolio(owner).submissions == 0


def test_an_account_that_moved_does_not_keep_the_others_of_its_run(harness: ManagedHarness) -> None:
    moved, other = harness.holders(2, 800_000)
    harness.buy(moved, SMALL)
    version = harness.buy(other, 100_000)
    assert [harness.rebalancer.run(person) for person in (moved, other)] == [
        RebalanceResult.SUBMITTED,
        RebalanceResult.SUBMITTED,
    ]

    harness.broker.prices["AAPL"] = 101
    harness.clock.pass_by(timedelta(minutes=1))
    harness.runs.start(harness.clock.now())

    assert harness.portfolio(moved).stage is RebalanceStage.IDLE
    assert harness.portfolio(other).stage is RebalanceStage.RUNNING
    harness.minutes(6)
    assert harness.now(version).status is VersionStatus.COMPLETE


def test_a_plan_that_cannot_be_held_against_the_broker_is_not_sent(harness: ManagedHarness) -> None:
    _owner, version = submitted(harness)
    runs = harness.broker.calls["start_run"]

    def away() -> None:
        raise Unavailable("away")

    harness.broker.before["status"] = away
    harness.minute()
    assert harness.broker.calls["start_run"] == runs
    harness.broker.before.clear()
    harness.minutes(8)

    assert harness.now(version).status is VersionStatus.COMPLETE


@pytest.mark.parametrize(
    ("cents", "price", "is_counted"), [(SMALL, 110, True), (-SMALL, 90, True), (SMALL, 100, False)]
)
def test_an_execution_the_other_way_round_is_counted(
    harness: ManagedHarness, capsys: pytest.CaptureFixture[str], cents: int, price: int, is_counted: bool
) -> None:
    _, version = submitted(harness, cents)
    harness.broker.before["start_run"] = lambda: harness.broker.prices.update(AAPL=price)
    capsys.readouterr()

    harness.minutes(2)

    executed = harness.now(version).executed_cents
    assert (executed * cents < 0) is is_counted
    assert ("ExecutionsAgainstOrders" in capsys.readouterr().out) is is_counted


@pytest.fixture
def harness() -> ManagedHarness:
    return ManagedHarness()
