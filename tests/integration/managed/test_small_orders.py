"""Small orders next to moving prices: submitted anew where prices moved, never executed the other way unseen."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.managed import ManagedBench
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.runs.moves import MAX_SUBMISSIONS
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")

SMALL = 1_000


def submitted(bench: ManagedBench, cents: int = SMALL) -> tuple[str, Any]:
    """Return somebody whose order was submitted and waits for a run."""
    (owner,) = bench.holders(1, 800_000)
    version = bench.buy(owner, cents)
    assert bench.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    return owner, version


@pytest.mark.parametrize("price", [101, 99, 110, 60])
@pytest.mark.parametrize("cents", [SMALL, -SMALL])
def test_a_small_order_is_told_anew_after_prices_moved(bench: ManagedBench, price: int, cents: int) -> None:
    _owner, version = submitted(bench, cents)
    runs = bench.broker.calls["start_run"]

    bench.broker.prices["AAPL"] = price
    bench.minute()
    assert bench.broker.calls["start_run"] == runs
    bench.minutes(4)

    done = bench.now(version)
    assert done.status is VersionStatus.COMPLETE
    assert abs(done.executed_cents - cents) <= 150


def test_a_large_order_goes_out_at_once_without_another_look(bench: ManagedBench) -> None:
    owner, _ = submitted(bench, 100_000)
    reads = bench.broker.calls["status"]

    bench.clock.pass_by(timedelta(minutes=1))
    bench.runs.start(bench.clock.now())

    assert bench.broker.calls["status"] == reads
    assert bench.portfolio(owner).stage is RebalanceStage.RUNNING


def test_a_large_order_that_waited_long_is_looked_at_again(bench: ManagedBench) -> None:
    owner, _ = submitted(bench, 100_000)
    bench.broker.prices["AAPL"] = 150

    bench.clock.pass_by(timedelta(minutes=9))
    bench.runs.start(bench.clock.now())

    assert bench.portfolio(owner).stage is RebalanceStage.IDLE
    assert tuple(bench.run_store.due(bench.clock.now())) == (owner,)


def test_prices_that_never_rest_hold_an_order_up_a_few_times_only(bench: ManagedBench) -> None:
    owner, version = submitted(bench)
    for minute in range(2 * MAX_SUBMISSIONS):
        bench.broker.prices["AAPL"] = 101 - minute % 2
        bench.minute()
        if bench.now(version).status is not VersionStatus.EXECUTING:
            break
        assert bench.portfolio(owner).submissions <= MAX_SUBMISSIONS + 1

    assert bench.broker.calls["start_run"] > 1


def test_an_order_that_was_given_up_takes_no_tries_from_the_next(bench: ManagedBench) -> None:
    owner, version = submitted(bench)
    bench.shelf.inactive.update({"AAPL", "MSFT"})

    bench.broker.prices["AAPL"] = 101
    bench.minute()

    assert bench.now(version).status is VersionStatus.FAILED
    assert bench.portfolio(owner).submissions == 0


def test_an_account_that_moved_does_not_keep_the_others_of_its_run(bench: ManagedBench) -> None:
    moved, other = bench.holders(2, 800_000)
    bench.buy(moved, SMALL)
    version = bench.buy(other, 100_000)
    assert [bench.rebalancer.run(person) for person in (moved, other)] == [
        RebalanceResult.SUBMITTED,
        RebalanceResult.SUBMITTED,
    ]

    bench.broker.prices["AAPL"] = 101
    bench.clock.pass_by(timedelta(minutes=1))
    bench.runs.start(bench.clock.now())

    assert bench.portfolio(moved).stage is RebalanceStage.IDLE
    assert bench.portfolio(other).stage is RebalanceStage.RUNNING
    bench.minutes(6)
    assert bench.now(version).status is VersionStatus.COMPLETE


def test_a_plan_that_cannot_be_held_against_the_broker_is_not_sent(bench: ManagedBench) -> None:
    _owner, version = submitted(bench)
    runs = bench.broker.calls["start_run"]

    def away() -> None:
        raise Unavailable("away")

    bench.broker.before["status"] = away
    bench.minute()
    assert bench.broker.calls["start_run"] == runs
    bench.broker.before.clear()
    bench.minutes(8)

    assert bench.now(version).status is VersionStatus.COMPLETE


@pytest.mark.parametrize(
    ("cents", "price", "is_counted"), [(SMALL, 110, True), (-SMALL, 90, True), (SMALL, 100, False)]
)
def test_an_execution_the_other_way_round_is_counted(
    bench: ManagedBench, capsys: pytest.CaptureFixture[str], cents: int, price: int, is_counted: bool
) -> None:
    _, version = submitted(bench, cents)
    bench.broker.before["start_run"] = lambda: bench.broker.prices.update(AAPL=price)
    capsys.readouterr()

    bench.minutes(2)

    executed = bench.now(version).executed_cents
    assert (executed * cents < 0) is is_counted
    assert ("ExecutionsAgainstOrders" in capsys.readouterr().out) is is_counted


@pytest.fixture
def bench() -> ManagedBench:
    return ManagedBench()
