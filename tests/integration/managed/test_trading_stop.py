"""While all trading is stopped the broker gets no order; what waits goes on by itself afterwards."""

import pytest

from tests.support.managed import ManagedBench, assert_carried_out
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")


def unavailable() -> None:
    raise Unavailable("The broker cannot be reached.")


def test_what_is_asked_for_waits_with_its_reason_and_can_be_cancelled() -> None:
    bench = ManagedBench()
    bench.is_halted = True
    owner = bench.person()
    version, other = bench.buy(owner, 400_000), bench.buy(owner, 100_000, "mixed")

    bench.minutes(10)

    waiting = bench.now(version)
    assert waiting.status is VersionStatus.PENDING
    assert waiting.reason is not None
    assert (waiting.reason.code, bench.broker.runs, bench.broker.targets) == ("trading_stopped", {}, {})
    assert bench.cancellations.cancel(owner, other.version_id).status is VersionStatus.CANCELLED
    bench.is_halted = False
    bench.minutes(10)
    assert (bench.held(owner), bench.now(version).status) == ({"tech": 400_000}, VersionStatus.COMPLETE)
    assert bench.now(version).reason is None


def test_what_was_told_already_is_not_run_until_trading_goes_on() -> None:
    bench = ManagedBench()
    owner, _ = bench.ready()
    bench.is_halted = True

    bench.minutes(5)

    assert bench.broker.runs == {}
    bench.is_halted = False
    bench.minutes(10)
    assert_carried_out(bench, owner, {"tech": 400_000})


def test_what_was_told_in_another_session_is_planned_anew() -> None:
    bench = ManagedBench()
    owner, _ = bench.ready()
    bench.is_halted = True
    bench.minutes(2)

    bench.next_open()
    assert (bench.broker.runs, bench.rebalancer.run(owner)) == ({}, RebalanceResult.WAITS)
    bench.is_halted = False
    bench.minutes(10)

    assert_carried_out(bench, owner, {"tech": 400_000})


def test_a_run_whose_accounts_are_claimed_is_held_back_too() -> None:
    bench = ManagedBench()
    owner, _ = bench.ready()
    bench.broker.before["start_run"] = unavailable
    bench.minutes(1)
    assert bench.portfolio(owner).run_id is not None
    bench.is_halted = True
    del bench.broker.before["start_run"]

    bench.minutes(3)

    assert bench.broker.runs == {}
    bench.is_halted = False
    bench.minutes(10)
    assert_carried_out(bench, owner, {"tech": 400_000})
