"""Money comes or goes: what is held is submitted as the targets, nothing is traded, whoever dies and however often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.holdings import HoldingsWorld
from tests.support.managed import ManagedBench
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
def bench(monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    return ManagedBench()


def after_a_deposit(bench: ManagedBench, *, at_night: bool = False) -> str:
    """Return somebody who holds a fund, and whose deposit doubled what they have."""
    (owner,) = bench.holders(1)
    if at_night:
        bench.clock.pass_by(timedelta(hours=8))
        bench.wall.pass_by(timedelta(hours=8))
    bench.settle(bench.deposit(owner, CASH))
    assert bench.targets(owner) != bench.weights_held(owner)
    return owner


@pytest.mark.parametrize("at_night", [False, True])
def test_a_deposit_is_told_as_targets_and_starts_no_run(bench: ManagedBench, at_night: bool) -> None:
    owner = after_a_deposit(bench, at_night=at_night)
    runs = bench.broker.calls["start_run"]

    assert bench.cash.follow(owner)
    did = bench.rebalancer.run(owner)

    assert did is RebalanceResult.SUBMITTED
    assert bench.targets(owner) == bench.weights_held(owner)
    assert bench.broker.calls["start_run"] == runs
    portfolio = bench.portfolio(owner)
    assert (portfolio.stage, portfolio.owes_targets, portfolio.due_at) == (RebalanceStage.IDLE, False, None)
    assert bench.account(owner).trades_since is None


def test_without_the_broker_targets_stay_owed_until_they_are_told(bench: ManagedBench) -> None:
    owner = after_a_deposit(bench)

    def away() -> None:
        raise Unavailable("away")

    bench.broker.before["status"] = away
    bench.cash.follow(owner)
    bench.rebalancer.run(owner)
    bench.minutes(20)
    assert bench.portfolio(owner).owes_targets

    bench.broker.before.clear()
    bench.minutes(10)

    assert bench.targets(owner) == bench.weights_held(owner)
    assert not bench.portfolio(owner).owes_targets


def test_an_answer_that_is_lost_while_targets_are_told_tells_them_again(bench: ManagedBench) -> None:
    owner = after_a_deposit(bench)

    def lost() -> None:
        bench.broker.after.clear()
        raise OutcomeUnknown("lost")

    bench.broker.after["update_fund"] = lost
    bench.cash.follow(owner)
    bench.rebalancer.run(owner)
    bench.minutes(10)

    assert bench.targets(owner) == bench.weights_held(owner)
    assert not bench.portfolio(owner).owes_targets


def test_money_that_comes_between_telling_and_the_run_is_not_spent(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    version = bench.buy(owner, 100_000)
    assert bench.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    bench.settle(bench.deposit(owner, CASH))

    bench.cash.follow(owner)
    bench.minutes(5)

    assert bench.now(version).status is VersionStatus.COMPLETE
    assert bench.held(owner) == {"tech": CENTS + 100_000}


def test_money_that_comes_while_a_run_is_on_its_way_is_told_after_it(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    bench.buy(owner, 100_000)
    bench.rebalancer.run(owner)
    bench.broker.ends_as = None
    bench.minute()
    assert bench.portfolio(owner).stage is RebalanceStage.RUNNING
    bench.settle(bench.deposit(owner, CASH))
    bench.cash.follow(owner)

    bench.broker.ends_as = "SUCCESS"
    bench.minutes(20)

    assert bench.targets(owner) == bench.weights_held(owner)
    portfolio = bench.portfolio(owner)
    assert (portfolio.stage, portfolio.owes_targets, portfolio.due_at) == (RebalanceStage.IDLE, False, None)


def test_money_that_comes_while_the_broker_is_told_makes_it_be_told_anew(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    version = bench.buy(owner, 100_000)

    def meanwhile() -> None:
        bench.broker.after.clear()
        bench.settle(bench.deposit(owner, CASH))
        bench.cash.follow(owner)

    bench.broker.after["update_portfolio"] = meanwhile
    bench.rebalancer.run(owner)
    bench.minutes(5)

    assert bench.now(version).status is VersionStatus.COMPLETE
    assert bench.held(owner) == {"tech": CENTS + 100_000}
    assert not bench.portfolio(owner).owes_targets


def test_a_worker_that_died_anywhere_leaves_targets_that_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    copy_lightly(monkeypatch)
    bench = ManagedBench()
    bench.broker.visit = crashes.visit

    def step_of(owner: str) -> Callable[[], object]:
        return lambda: bench.cash.follow(owner) and bench.rebalancer.run(owner)

    rehearsed = after_a_deposit(bench)
    places = crashes.count(step_of(rehearsed))
    owners = [rehearsed]
    for place in range(1, places + 1):
        owner = after_a_deposit(bench)
        crashes.die_at(place, step_of(owner))
        bench.cash.follow(owner)
        owners.append(owner)
    bench.minutes(8)

    assert places > 10
    for owner in owners:
        assert bench.targets(owner) == bench.weights_held(owner)
        assert not bench.portfolio(owner).owes_targets


def test_of_two_passes_at_once_one_tells(bench: ManagedBench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = after_a_deposit(bench)
    bench.cash.follow(owner)
    rivals: list[RebalanceResult] = []
    cut_in(monkeypatch, lambda: rivals.append(bench.rebalancer.run(owner)))

    did = bench.rebalancer.run(owner)

    assert sorted((did, *rivals)) in (
        [RebalanceResult.NOTHING, RebalanceResult.SUBMITTED],
        [RebalanceResult.BUSY, RebalanceResult.SUBMITTED],
        [RebalanceResult.SKIPPED, RebalanceResult.SUBMITTED],
    )
    assert bench.targets(owner) == bench.weights_held(owner)


def test_targets_are_told_for_who_is_paused_and_while_all_trading_is_stopped(bench: ManagedBench) -> None:
    owner = after_a_deposit(bench)
    bench.is_halted = True

    bench.cash.follow(owner)

    assert bench.rebalancer.run(owner) is RebalanceResult.SUBMITTED
    assert bench.targets(owner) == bench.weights_held(owner)


def test_a_closed_account_owes_nothing(bench: ManagedBench) -> None:
    owner = after_a_deposit(bench)
    bench.change(replace(bench.account(owner), status=AccountStatus.CLOSED))

    bench.cash.follow(owner)
    bench.rebalancer.run(owner)

    portfolio = bench.portfolio(owner)
    assert (portfolio.owes_targets, portfolio.due_at) == (False, None)


def test_who_holds_nothing_is_left_alone(bench: ManagedBench) -> None:
    owner = bench.person()

    assert not bench.cash.follow(owner)


def test_a_dividend_is_told_as_targets_too(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    bench.broker.accounts[bench.at(owner)].cash_cents += 50_000
    transaction = BrokerTransaction(
        "t-1", bench.at(owner), TransactionKind.DIVIDEND, "AAPL", 50_000, Decimal(0), None, ""
    )

    ActionService(bench.store, bench.clock).record(owner, transaction)
    bench.minutes(2)

    assert bench.targets(owner) == bench.weights_held(owner)
    assert not bench.portfolio(owner).owes_targets
    assert bench.held(owner) == {"tech": CENTS}


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
