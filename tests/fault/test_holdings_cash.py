"""Money comes or goes: what is held is submitted as the targets, nothing is traded, whoever dies and however often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.holdings import HoldingsWorld
from tests.support.managed import ManagedHarness
from tests.support.moto_speedups import copy_lightly
from tests.support.world import World
from trading.brokerage.models import AccountStatus
from trading.brokerage.portfolios import BrokerTransaction, TransactionKind
from trading.managed.holdings.actions import ActionService
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import OutcomeUnknown, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

CENTS, CASH = 400_000, 1_000_000


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    return ManagedHarness()


def after_a_deposit(harness: ManagedHarness, *, at_night: bool = False) -> str:
    """Return somebody who holds a fund, and whose deposit doubled what they have."""
    (owner,) = harness.holders(1)
    if at_night:
        harness.clock.pass_by(timedelta(hours=8))
        harness.wall.pass_by(timedelta(hours=8))
    harness.settle(harness.deposit(owner, CASH))
    assert harness.targets(owner) != harness.weights_held(owner)
    return owner


@pytest.mark.parametrize("at_night", [False, True])
def test_a_deposit_is_told_as_targets_and_starts_no_run(harness: ManagedHarness, at_night: bool) -> None:
    owner = after_a_deposit(harness, at_night=at_night)
    runs = harness.broker.calls["start_run"]

    assert harness.cash.follow(owner)
    did = harness.rebalancer.run(owner)

    assert did is RebalanceResult.SUBMITTED
    assert harness.targets(owner) == harness.weights_held(owner)
    assert harness.broker.calls["start_run"] == runs
    portfolio = harness.portfolio(owner)
    assert (portfolio.stage, portfolio.owes_targets, portfolio.due_at) == (RebalanceStage.IDLE, False, None)
    assert harness.account(owner).trades_since is None


def test_without_the_broker_targets_stay_owed_until_they_are_told(harness: ManagedHarness) -> None:
    owner = after_a_deposit(harness)

    def away() -> None:
        raise Unavailable("away")

    harness.broker.before["status"] = away
    harness.cash.follow(owner)
    harness.rebalancer.run(owner)
    harness.minutes(20)
    assert harness.portfolio(owner).owes_targets

    harness.broker.before.clear()
    harness.minutes(10)

    assert harness.targets(owner) == harness.weights_held(owner)
    assert not harness.portfolio(owner).owes_targets


def test_an_answer_that_is_lost_while_targets_are_told_tells_them_again(harness: ManagedHarness) -> None:
    owner = after_a_deposit(harness)

    def lost() -> None:
        harness.broker.after.clear()
        raise OutcomeUnknown("lost")

    harness.broker.after["update_fund"] = lost
    harness.cash.follow(owner)
    harness.rebalancer.run(owner)
    harness.minutes(10)

    assert harness.targets(owner) == harness.weights_held(owner)
    assert not harness.portfolio(owner).owes_targets


def test_money_that_comes_between_telling_and_the_run_is_not_spent(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    version = harness.buy(owner, 100_000)
    assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    harness.settle(harness.deposit(owner, CASH))

    harness.cash.follow(owner)
    harness.minutes(5)

    assert harness.now(version).status is VersionStatus.COMPLETE
    assert harness.held(owner) == {"tech": CENTS + 100_000}


def test_money_that_comes_while_a_run_is_on_its_way_is_told_after_it(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    harness.buy(owner, 100_000)
    harness.rebalancer.run(owner)
    harness.broker.ends_as = None
    harness.minute()
    assert harness.portfolio(owner).stage is RebalanceStage.RUNNING
    harness.settle(harness.deposit(owner, CASH))
    harness.cash.follow(owner)

    harness.broker.ends_as = "SUCCESS"
    harness.minutes(20)

    assert harness.targets(owner) == harness.weights_held(owner)
    portfolio = harness.portfolio(owner)
    assert (portfolio.stage, portfolio.owes_targets, portfolio.due_at) == (RebalanceStage.IDLE, False, None)


def test_money_that_comes_while_the_broker_is_told_makes_it_be_told_anew(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    version = harness.buy(owner, 100_000)

    def meanwhile() -> None:
        harness.broker.after.clear()
        harness.settle(harness.deposit(owner, CASH))
        harness.cash.follow(owner)

    harness.broker.after["update_portfolio"] = meanwhile
    harness.rebalancer.run(owner)
    harness.minutes(5)

    assert harness.now(version).status is VersionStatus.COMPLETE
    assert harness.held(owner) == {"tech": CENTS + 100_000}
    assert not harness.portfolio(owner).owes_targets


def test_a_worker_that_died_anywhere_leaves_targets_that_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    copy_lightly(monkeypatch)
    harness = ManagedHarness()
    harness.broker.visit = crashes.visit

    def step_of(owner: str) -> Callable[[], object]:
        return lambda: harness.cash.follow(owner) and harness.rebalancer.run(owner)

    rehearsed = after_a_deposit(harness)
    places = crashes.count(step_of(rehearsed))
    owners = [rehearsed]
    for place in range(1, places + 1):
        owner = after_a_deposit(harness)
        crashes.die_at(place, step_of(owner))
        harness.cash.follow(owner)
        owners.append(owner)
    harness.minutes(8)

    assert places > 10
    for owner in owners:
        assert harness.targets(owner) == harness.weights_held(owner)
        assert not harness.portfolio(owner).owes_targets


def test_of_two_passes_at_once_one_tells(harness: ManagedHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = after_a_deposit(harness)
    harness.cash.follow(owner)
    rivals: list[RebalanceResult] = []
    cut_in(monkeypatch, lambda: rivals.append(harness.rebalancer.run(owner)))

    did = harness.rebalancer.run(owner)

    assert sorted((did, *rivals)) in (
        [RebalanceResult.NOTHING, RebalanceResult.SUBMITTED],
        [RebalanceResult.BUSY, RebalanceResult.SUBMITTED],
        [RebalanceResult.SKIPPED, RebalanceResult.SUBMITTED],
    )
    assert harness.targets(owner) == harness.weights_held(owner)


def test_targets_are_told_for_who_is_paused_and_while_all_trading_is_stopped(harness: ManagedHarness) -> None:
    owner = after_a_deposit(harness)
    harness.is_halted = True

    harness.cash.follow(owner)

    assert harness.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    assert harness.targets(owner) == harness.weights_held(owner)


def test_a_closed_account_owes_nothing(harness: ManagedHarness) -> None:
    owner = after_a_deposit(harness)
    harness.change(replace(harness.account(owner), status=AccountStatus.CLOSED))

    harness.cash.follow(owner)
    harness.rebalancer.run(owner)

    portfolio = harness.portfolio(owner)
    assert (portfolio.owes_targets, portfolio.due_at) == (False, None)


def test_who_holds_nothing_is_left_alone(harness: ManagedHarness) -> None:
    owner = harness.person()

    assert not harness.cash.follow(owner)


def test_a_dividend_is_told_as_targets_too(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    harness.broker.accounts[harness.at(owner)].cash_cents += 50_000
    transaction = BrokerTransaction(
        "t-1", harness.at(owner), TransactionKind.DIVIDEND, "AAPL", 50_000, Decimal(0), None, ""
    )

    ActionService(harness.store, harness.clock).record(owner, transaction)
    harness.minutes(2)

    assert harness.targets(owner) == harness.weights_held(owner)
    assert not harness.portfolio(owner).owes_targets
    assert harness.held(owner) == {"tech": CENTS}


def test_a_deposit_over_http_leaves_targets_that_spend_nothing_of_it(world: World) -> None:
    market = HoldingsWorld.of(world)
    bank = market.funded()
    market.buy(400_000)
    (portfolio,) = world.broker.state.portfolios.values()
    before = portfolio.cash

    assert world.move("deposit", 1_000_000, bank, key="a-second-deposit-of-ada").status == 201
    world.pass_by(days=6)
    world.fire("send_outbox")
    world.work_off()

    assert before < portfolio.cash
    (account,) = (account for account in world.broker.state.accounts.values() if account.portfolio_id)
    assert not world.broker.autopilot._orders(account)
