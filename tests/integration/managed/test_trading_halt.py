"""While trading is stopped, for everybody or a person, nothing is bought and sales go on; what waits goes on after."""

from dataclasses import replace

import pytest

from tests.support.managed import HALVES, ManagedHarness, assert_carried_out
from trading.brokerage.halts import HaltStrength
from trading.funding.accounts.models import Pause
from trading.funding.accounts.pauses import PauseService
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.versions.models import VersionStatus
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, Unavailable

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


def pause(harness: ManagedHarness, owner: str, strength: HaltStrength) -> None:
    service = PauseService(harness.funding.accounts, lambda _: True, harness.clock)
    service.pause(owner, Audit("olga", "a call from the bank"), strength)
    harness.cancellations.cancel_buys(owner)


def test_a_sale_goes_on_while_everybody_is_halted() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.is_halted = True

    bought, sold = harness.buy(owner, 100_000, "mixed"), harness.buy(owner, -150_000)
    harness.minutes(10)

    waiting = harness.now(bought)
    assert (harness.now(sold).status, harness.held(owner)) == (VersionStatus.COMPLETE, {"tech": 250_000})
    assert (waiting.status, waiting.reason and waiting.reason.code) == (VersionStatus.PENDING, "trading_stopped")
    harness.is_halted = False
    harness.minutes(10)
    assert_carried_out(harness, owner, {"tech": 250_000, "mixed": 100_000})


def test_a_sale_that_was_submitted_beside_a_purchase_goes_on_without_it() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    bought, sold = harness.buy(owner, 100_000, "mixed"), harness.buy(owner, -150_000)
    assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    harness.is_halted = True

    harness.minutes(10)

    assert (harness.now(sold).status, harness.held(owner)) == (VersionStatus.COMPLETE, {"tech": 250_000})
    assert harness.now(bought).executed_cents == 0
    harness.is_halted = False
    harness.minutes(10)
    assert_carried_out(harness, owner, {"tech": 250_000, "mixed": 100_000})


def test_all_of_a_holding_is_sold_while_everybody_is_halted() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.is_halted = True

    harness.aim(owner, 0)
    harness.minutes(10)

    assert_carried_out(harness, owner, {})


def test_new_weights_wait_since_they_may_buy() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.is_halted = True

    weighted = harness.buy(owner, None, weights=HALVES)
    harness.buy(owner, -100_000)
    harness.minutes(10)

    waiting = harness.now(weighted)
    assert (waiting.status, waiting.reason and waiting.reason.code) == (VersionStatus.PENDING, "trading_stopped")
    assert harness.held(owner) == {"tech": 300_000}
    assert {symbol for run in harness.broker.runs.values() for symbol in run.accounts} == {harness.at(owner)}


@pytest.mark.parametrize("strength", list(HaltStrength))
def test_a_sale_goes_on_under_every_pause_of_a_person(strength: HaltStrength) -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    pause(harness, owner, strength)

    sold = harness.buy(owner, -150_000)
    harness.minutes(10)

    assert (harness.now(sold).status, harness.held(owner)) == (VersionStatus.COMPLETE, {"tech": 250_000})
    if strength.holds_manual_buys:
        with pytest.raises(Conflict) as refused:
            harness.buy(owner, 100_000)
        assert refused.value.code == "trading_paused"


def test_a_purchase_that_was_submitted_is_not_run_for_who_is_paused_while_their_sale_is() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    bought, sold = harness.buy(owner, 100_000, "mixed"), harness.buy(owner, -150_000)
    assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    pause(harness, owner, HaltStrength.REDUCE_ONLY)

    harness.minutes(10)

    waiting = harness.now(bought)
    assert (harness.now(sold).status, harness.held(owner)) == (VersionStatus.COMPLETE, {"tech": 250_000})
    assert (waiting.status, waiting.reason and waiting.reason.code) == (VersionStatus.EXECUTING, "trading_paused")


def test_nothing_is_sold_where_the_broker_froze_the_account() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.change(replace(harness.account(owner), pauses=frozenset({Pause.BROKER})))

    with pytest.raises(Conflict) as refused:
        harness.buy(owner, -150_000)

    assert refused.value.code == "trading_paused"
