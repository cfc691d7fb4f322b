"""While all trading is stopped the broker gets no order; what waits goes on by itself afterwards."""

import pytest

from tests.support.managed import ManagedHarness, assert_carried_out
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")


def unavailable() -> None:
    raise Unavailable("The broker cannot be reached.")


def test_what_is_asked_for_waits_with_its_reason_and_can_be_cancelled() -> None:
    harness = ManagedHarness()
    harness.is_halted = True
    owner = harness.person()
    version, other = harness.buy(owner, 400_000), harness.buy(owner, 100_000, "mixed")

    harness.minutes(10)

    waiting = harness.now(version)
    assert waiting.status is VersionStatus.PENDING
    assert waiting.reason is not None
    assert (waiting.reason.code, harness.broker.runs, harness.broker.targets) == ("trading_stopped", {}, {})
    assert harness.cancellations.cancel(owner, other.version_id).status is VersionStatus.CANCELLED
    harness.is_halted = False
    harness.minutes(10)
    assert (harness.held(owner), harness.now(version).status) == ({"tech": 400_000}, VersionStatus.COMPLETE)
    assert harness.now(version).reason is None


def test_what_was_told_already_is_not_run_until_trading_goes_on() -> None:
    harness = ManagedHarness()
    owner, _ = harness.ready()
    harness.is_halted = True

    harness.minutes(5)

    assert harness.broker.runs == {}
    harness.is_halted = False
    harness.minutes(10)
    assert_carried_out(harness, owner, {"tech": 400_000})


def test_what_was_told_in_another_session_is_planned_anew() -> None:
    harness = ManagedHarness()
    owner, _ = harness.ready()
    harness.is_halted = True
    harness.minutes(2)

    harness.next_open()
    assert (harness.broker.runs, harness.rebalancer.run(owner)) == ({}, RebalanceResult.WAITS)
    harness.is_halted = False
    harness.minutes(10)

    assert_carried_out(harness, owner, {"tech": 400_000})


def test_a_run_whose_accounts_are_claimed_is_held_back_too() -> None:
    harness = ManagedHarness()
    owner, _ = harness.ready()
    harness.broker.before["start_run"] = unavailable
    harness.minutes(1)
    assert harness.portfolio(owner).run_id is not None
    harness.is_halted = True
    del harness.broker.before["start_run"]

    harness.minutes(3)

    assert harness.broker.runs == {}
    harness.is_halted = False
    harness.minutes(10)
    assert_carried_out(harness, owner, {"tech": 400_000})
