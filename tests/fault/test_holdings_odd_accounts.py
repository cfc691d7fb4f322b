"""Paused and closed accounts, figures that make no sense, deposits that nobody heard of, and sessions that end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.funding import lost
from tests.support.managed import CASH, HALVES, ManagedHarness, assert_carried_out, assert_settled
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
def harness(monkeypatch: pytest.MonkeyPatch) -> ManagedHarness:
    copy_lightly(monkeypatch)
    return ManagedHarness()


def down() -> None:
    raise Unavailable("down")


def test_accounts_that_may_not_trade_are_skipped_and_others_go_on(harness: ManagedHarness) -> None:
    owners = [harness.person() for _ in range(4)]
    versions = [harness.buy(owner, CENTS) for owner in owners]
    paused, frozen, closed, fine = owners
    harness.change(replace(harness.account(paused), pauses=frozenset({Pause.OPERATOR})))
    harness.change(replace(harness.account(frozen), pauses=frozenset({Pause.BROKER})))
    harness.change(replace(harness.account(closed), status=AccountStatus.CLOSED))

    did = [harness.rebalancer.run(owner) for owner in owners]
    harness.minutes(3)

    assert did == [RebalanceResult.WAITS, RebalanceResult.SKIPPED, RebalanceResult.SKIPPED, RebalanceResult.SUBMITTED]
    assert_carried_out(harness, fine, {"tech": CENTS})
    assert [harness.now(version).status for version in versions[:3]] == [VersionStatus.PENDING] * 3
    assert all(harness.held(owner) == {} for owner in owners[:3])
    harness.change(replace(harness.account(paused), pauses=frozenset()))
    harness.minutes(9)
    assert_carried_out(harness, paused, {"tech": CENTS})


def test_a_returned_deposit_cancels_what_was_not_told_and_leaves_sales(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    flow = harness.deposit(owner, 100_000)
    harness.settle(flow)
    harness.clock.pass_by(timedelta(hours=8))
    bought, sold = harness.buy(owner, 200_000), harness.buy(owner, -100_000)
    harness.give_back(flow)
    harness.next_open()
    harness.minutes(3)

    cancelled = harness.now(bought)
    assert (cancelled.status, cancelled.reason and cancelled.reason.code) == (VersionStatus.CANCELLED, "trading_paused")
    assert harness.now(sold).status is VersionStatus.COMPLETE
    assert harness.held(owner) == {"tech": CENTS - 100_000}
    assert_settled(harness, owner)


def test_cash_below_zero_lets_only_sales_through(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    flow = harness.deposit(owner, CASH)
    harness.settle(flow)
    harness.buy(owner, 1_500_000)
    harness.minutes(3)
    harness.give_back(flow)
    below = (harness.broker.accounts[harness.at(owner)].cash_cents, harness.account(owner).owed_cents)
    sold = harness.buy(owner, -1_000_000)
    harness.minutes(3)

    assert below == (-900_000, 900_000)
    assert harness.now(sold).status is VersionStatus.COMPLETE
    assert (harness.account(owner).cash_cents, harness.account(owner).owed_cents) == (100_000, 0)
    assert_settled(harness, owner)


def test_cash_below_zero_holds_sales_back_that_do_not_make_up_for_it(harness: ManagedHarness) -> None:
    (owner,) = harness.holders(1)
    flow = harness.deposit(owner, 100_000)
    harness.settle(flow)
    harness.buy(owner, 650_000)
    harness.minutes(3)
    harness.give_back(flow)
    runs = len(harness.broker.runs)
    too_little = harness.buy(owner, -20_000)
    harness.minutes(8)

    waiting = harness.now(too_little)
    assert (waiting.status, waiting.reason and waiting.reason.code) == (VersionStatus.PENDING, "cash_below_zero")
    assert len(harness.broker.runs) == runs


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
def test_targets_never_come_from_nonsense(harness: ManagedHarness, name: str) -> None:
    (owner,) = harness.holders(1)
    harness.clock.pass_by(timedelta(hours=1))
    targets, fund = dict(harness.broker.targets), harness.fund(owner)
    version = harness.buy(owner, 200_000, weights=HALVES)
    harness.broker.spoil[harness.at(owner)] = SPOILS[name]

    harness.minutes(10)

    assert harness.broker.targets == targets
    assert harness.fund(owner) == fund
    assert harness.now(version).status is VersionStatus.PENDING
    harness.broker.spoil.clear()
    harness.minutes(8)
    assert_carried_out(harness, owner, {"tech": CENTS + 200_000})


def test_the_last_figures_that_made_sense_count_for_an_hour(harness: ManagedHarness) -> None:
    ada, bob = harness.holders(2)
    for owner in (ada, bob):
        harness.buy(owner, 200_000)
        harness.broker.spoil[harness.at(owner)] = SPOILS["off"]

    young = harness.rebalancer.run(ada)
    harness.clock.pass_by(timedelta(hours=1))
    old = harness.rebalancer.run(bob)

    assert (young, old) == (RebalanceResult.SUBMITTED, RebalanceResult.WAITS)
    assert harness.targets(ada) == {"tech": Decimal("0.6")}
    assert harness.targets(bob) == {"tech": Decimal("0.4")}


def test_a_runs_end_is_never_measured_from_old_figures(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    harness.broker.after["start_run"] = lambda: harness.broker.spoil.update({harness.at(owner): SPOILS["off"]})
    harness.minutes(5)
    meanwhile = harness.now(version)
    harness.broker.spoil.clear()
    harness.minutes(1)

    assert (meanwhile.status, meanwhile.executed_cents) == (VersionStatus.EXECUTING, 0)
    assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_deposit_that_our_books_do_not_know_is_waited_for_and_measured_right(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    harness.broker.ends_as = None
    harness.minute()
    (run_id,) = harness.broker.runs
    harness.broker.end(run_id, "SUCCESS")
    flow = harness.deposit(owner, 300_000)
    harness.minutes(10)
    meanwhile = (harness.portfolio(owner).stage, harness.now(version).executed_cents)
    harness.settle(flow)
    harness.minutes(1)

    assert meanwhile == (RebalanceStage.RUNNING, 0)
    assert_carried_out(harness, owner, {"tech": CENTS})
    assert harness.account(owner).cash_cents == CASH - CENTS + 300_000


def test_what_no_run_took_before_the_close_is_planned_anew_on_the_next_day(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    first = harness.portfolio(owner).submitted_on
    harness.clock.pass_by(timedelta(hours=6))
    harness.next_open()
    later = harness.portfolio(owner)
    harness.minutes(3)

    assert (first, later.submitted_on) == (trading_date(version.created_at), trading_date(harness.clock.now()))
    assert_carried_out(harness, owner, {"tech": CENTS})


def test_yesterdays_targets_are_not_traded_while_the_broker_cannot_be_read(harness: ManagedHarness) -> None:
    owner, version = harness.ready()
    harness.clock.pass_by(timedelta(hours=6))
    harness.broker.before["status"] = down
    harness.next_open()
    harness.minutes(20)

    assert harness.broker.calls["start_run"] == 0
    assert harness.now(version).status is VersionStatus.EXECUTING
    harness.broker.before.clear()
    harness.minutes(9)
    assert_carried_out(harness, owner, {"tech": CENTS})


def test_a_plan_of_yesterday_is_found_even_if_the_pass_of_the_open_was_lost(harness: ManagedHarness) -> None:
    owner, _ = harness.ready()
    harness.clock.pass_by(timedelta(days=1))

    harness.minutes(4)

    assert_carried_out(harness, owner, {"tech": CENTS})


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_run_that_did_not_leave_before_the_close_does_not_leave_on_the_next_day(
    harness: ManagedHarness, side: str
) -> None:
    owner, _ = harness.ready()
    (harness.broker.before if side == "before" else harness.broker.after)["start_run"] = lost()
    harness.minute()
    asked = harness.broker.calls["start_run"]
    for run_id in harness.broker.runs:
        harness.broker.end(run_id, "SUCCESS")
    harness.clock.pass_by(timedelta(hours=6))
    harness.next_open()
    harness.minutes(1)
    released = harness.portfolio(owner)
    harness.minutes(5)

    assert asked == 1
    assert released.submitted_on == trading_date(harness.clock.now())
    assert_carried_out(harness, owner, {"tech": CENTS})


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_sale_of_everything_whose_run_was_lost_overnight_ends(harness: ManagedHarness, side: str) -> None:
    (owner,) = harness.holders(1)
    sold = harness.buy(owner, -CENTS)
    harness.rebalancer.run(owner)
    (harness.broker.before if side == "before" else harness.broker.after)["start_run"] = lost()
    harness.minute()
    for run_id in harness.broker.runs:
        harness.broker.end(run_id, "SUCCESS")
    harness.clock.pass_by(timedelta(hours=6))
    harness.next_open()
    harness.minutes(5)

    assert harness.now(sold).status is VersionStatus.COMPLETE
    assert harness.held(owner) == {}
    assert_settled(harness, owner)
