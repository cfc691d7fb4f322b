"""Paused and closed accounts, figures that make no sense, deposits that nobody heard of, and sessions that end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.funding import lost
from tests.support.managed import CASH, HALVES, ManagedBench, assert_carried_out, assert_settled
from tests.support.moto_speedups import copy_lightly
from trading.brokerage.models import AccountStatus
from trading.brokerage.portfolios import PortfolioStatus
from trading.funding.accounts.models import Pause
from trading.managed.models import RebalanceStage
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.versions.models import VersionStatus
from trading.platform.clock import trading_date
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")

CENTS = 400_000
Spoil = Callable[[PortfolioStatus], PortfolioStatus]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ManagedBench:
    copy_lightly(monkeypatch)
    return ManagedBench()


def down() -> None:
    raise Unavailable("down")


def test_accounts_that_may_not_trade_are_skipped_and_others_go_on(bench: ManagedBench) -> None:
    owners = [bench.person() for _ in range(4)]
    versions = [bench.buy(owner, CENTS) for owner in owners]
    paused, frozen, closed, fine = owners
    bench.change(replace(bench.account(paused), pauses=frozenset({Pause.OPERATOR})))
    bench.change(replace(bench.account(frozen), pauses=frozenset({Pause.BROKER})))
    bench.change(replace(bench.account(closed), status=AccountStatus.CLOSED))

    did = [bench.rebalancer.run(owner) for owner in owners]
    bench.minutes(3)

    assert did == [RebalanceResult.SKIPPED, RebalanceResult.SKIPPED, RebalanceResult.SKIPPED, RebalanceResult.SUBMITTED]
    assert_carried_out(bench, fine, {"tech": CENTS})
    assert [bench.now(version).status for version in versions[:3]] == [VersionStatus.PENDING] * 3
    assert all(bench.held(owner) == {} for owner in owners[:3])
    bench.change(replace(bench.account(paused), pauses=frozenset()))
    bench.minutes(3)
    assert_carried_out(bench, paused, {"tech": CENTS})


def test_a_returned_deposit_cancels_what_was_not_told_and_leaves_sales(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    flow = bench.deposit(owner, 100_000)
    bench.settle(flow)
    bench.clock.pass_by(timedelta(hours=8))
    bought, sold = bench.buy(owner, 200_000), bench.buy(owner, -100_000)
    bench.give_back(flow)
    bench.next_open()
    bench.minutes(3)

    cancelled = bench.now(bought)
    assert (cancelled.status, cancelled.reason and cancelled.reason.code) == (VersionStatus.CANCELLED, "trading_paused")
    assert bench.now(sold).status is VersionStatus.COMPLETE
    assert bench.held(owner) == {"tech": CENTS - 100_000}
    assert_settled(bench, owner)


def test_cash_below_zero_lets_only_sales_through(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    flow = bench.deposit(owner, CASH)
    bench.settle(flow)
    bench.buy(owner, 1_500_000)
    bench.minutes(3)
    bench.give_back(flow)
    below = (bench.broker.accounts[bench.at(owner)].cash_cents, bench.account(owner).owed_cents)
    sold = bench.buy(owner, -1_000_000)
    bench.minutes(3)

    assert below == (-900_000, 900_000)
    assert bench.now(sold).status is VersionStatus.COMPLETE
    assert (bench.account(owner).cash_cents, bench.account(owner).owed_cents) == (100_000, 0)
    assert_settled(bench, owner)


def test_cash_below_zero_holds_sales_back_that_do_not_make_up_for_it(bench: ManagedBench) -> None:
    (owner,) = bench.holders(1)
    flow = bench.deposit(owner, 100_000)
    bench.settle(flow)
    bench.buy(owner, 650_000)
    bench.minutes(3)
    bench.give_back(flow)
    runs = len(bench.broker.runs)
    too_little = bench.buy(owner, -20_000)
    bench.minutes(8)

    waiting = bench.now(too_little)
    assert (waiting.status, waiting.reason and waiting.reason.code) == (VersionStatus.PENDING, "cash_below_zero")
    assert len(bench.broker.runs) == runs


SPOILS: dict[str, Spoil] = {
    "beyond one": lambda status: replace(status, cash_actual=Decimal("1.4")),
    "below zero": lambda status: replace(
        status, funds=tuple(replace(fund, cents=-fund.cents) for fund in status.funds)
    ),
    "off": lambda status: replace(status, equity_cents=status.equity_cents * 2),
    "nothing left": lambda status: replace(status, funds=()),
    "cash missing": lambda status: replace(status, cash_cents=0, cash_actual=Decimal(0)),
}


@pytest.mark.parametrize("name", SPOILS)
def test_targets_never_come_from_nonsense(bench: ManagedBench, name: str) -> None:
    (owner,) = bench.holders(1)
    bench.clock.pass_by(timedelta(hours=1))
    targets, fund = dict(bench.broker.targets), bench.fund(owner)
    version = bench.buy(owner, 200_000, weights=HALVES)
    bench.broker.spoil[bench.at(owner)] = SPOILS[name]

    bench.minutes(10)

    assert bench.broker.targets == targets
    assert bench.fund(owner) == fund
    assert bench.now(version).status is VersionStatus.PENDING
    bench.broker.spoil.clear()
    bench.minutes(8)
    assert_carried_out(bench, owner, {"tech": CENTS + 200_000})


def test_the_last_figures_that_made_sense_count_for_an_hour(bench: ManagedBench) -> None:
    ada, bob = bench.holders(2)
    for owner in (ada, bob):
        bench.buy(owner, 200_000)
        bench.broker.spoil[bench.at(owner)] = SPOILS["off"]

    young = bench.rebalancer.run(ada)
    bench.clock.pass_by(timedelta(hours=1))
    old = bench.rebalancer.run(bob)

    assert (young, old) == (RebalanceResult.SUBMITTED, RebalanceResult.WAITS)
    assert bench.targets(ada) == {"tech": Decimal("0.6")}
    assert bench.targets(bob) == {"tech": Decimal("0.4")}


def test_a_runs_end_is_never_measured_from_old_figures(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    bench.broker.after["start_run"] = lambda: bench.broker.spoil.update({bench.at(owner): SPOILS["off"]})
    bench.minutes(5)
    meanwhile = bench.now(version)
    bench.broker.spoil.clear()
    bench.minutes(1)

    assert (meanwhile.status, meanwhile.executed_cents) == (VersionStatus.EXECUTING, 0)
    assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_deposit_that_our_books_do_not_know_is_waited_for_and_measured_right(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    bench.broker.ends_as = None
    bench.minute()
    (run_id,) = bench.broker.runs
    bench.broker.end(run_id, "SUCCESS")
    flow = bench.deposit(owner, 300_000)
    bench.minutes(10)
    meanwhile = (bench.portfolio(owner).stage, bench.now(version).executed_cents)
    bench.settle(flow)
    bench.minutes(1)

    assert meanwhile == (RebalanceStage.RUNNING, 0)
    assert_carried_out(bench, owner, {"tech": CENTS})
    assert bench.account(owner).cash_cents == CASH - CENTS + 300_000


def test_what_no_run_took_before_the_close_is_planned_anew_on_the_next_day(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    first = bench.portfolio(owner).submitted_on
    bench.clock.pass_by(timedelta(hours=6))
    bench.next_open()
    later = bench.portfolio(owner)
    bench.minutes(3)

    assert (first, later.submitted_on) == (trading_date(version.created_at), trading_date(bench.clock.now()))
    assert_carried_out(bench, owner, {"tech": CENTS})


def test_yesterdays_targets_are_not_traded_while_the_broker_cannot_be_read(bench: ManagedBench) -> None:
    owner, version = bench.ready()
    bench.clock.pass_by(timedelta(hours=6))
    bench.broker.before["status"] = down
    bench.next_open()
    bench.minutes(20)

    assert bench.broker.calls["start_run"] == 0
    assert bench.now(version).status is VersionStatus.EXECUTING
    bench.broker.before.clear()
    bench.minutes(9)
    assert_carried_out(bench, owner, {"tech": CENTS})


def test_a_plan_of_yesterday_is_found_even_if_the_pass_of_the_open_was_lost(bench: ManagedBench) -> None:
    owner, _ = bench.ready()
    bench.clock.pass_by(timedelta(days=1))

    bench.minutes(4)

    assert_carried_out(bench, owner, {"tech": CENTS})


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_run_that_did_not_leave_before_the_close_does_not_leave_on_the_next_day(
    bench: ManagedBench, side: str
) -> None:
    owner, _ = bench.ready()
    (bench.broker.before if side == "before" else bench.broker.after)["start_run"] = lost()
    bench.minute()
    asked = bench.broker.calls["start_run"]
    for run_id in bench.broker.runs:
        bench.broker.end(run_id, "SUCCESS")
    bench.clock.pass_by(timedelta(hours=6))
    bench.next_open()
    bench.minutes(1)
    released = bench.portfolio(owner)
    bench.minutes(5)

    assert asked == 1
    assert released.submitted_on == trading_date(bench.clock.now())
    assert_carried_out(bench, owner, {"tech": CENTS})


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_sale_of_everything_whose_run_was_lost_overnight_ends(bench: ManagedBench, side: str) -> None:
    (owner,) = bench.holders(1)
    sold = bench.buy(owner, -CENTS)
    bench.rebalancer.run(owner)
    (bench.broker.before if side == "before" else bench.broker.after)["start_run"] = lost()
    bench.minute()
    for run_id in bench.broker.runs:
        bench.broker.end(run_id, "SUCCESS")
    bench.clock.pass_by(timedelta(hours=6))
    bench.next_open()
    bench.minutes(5)

    assert bench.now(sold).status is VersionStatus.COMPLETE
    assert bench.held(owner) == {}
    assert_settled(bench, owner)
