"""What an observation and a run's end mean for funds and versions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.managed.makers import EXECUTING, NOW, TODAY, portfolio, seen, version
from trading.brokerage.portfolios import RunClass
from trading.managed.flows import FlowLog
from trading.managed.observation.measurement import Measured
from trading.managed.rebalancing.settlement import MAX_ATTEMPTS, judged, settled
from trading.managed.versions.models import MOVES, BadMoveError, Version, VersionStatus

LATER = NOW + timedelta(minutes=30)
OBSERVATION = seen(400_000, tech={"AAPL": (600_000, "6")})
EMPTY = seen(1_000_000)
BUY = version(100_000, status=EXECUTING, reserved_cents=100_000, executing_since=NOW)


def judge(executing: Version, outcome: RunClass = RunClass.SUCCEEDED) -> Version:
    return judged(executing, OBSERVATION, outcome, LATER)


def test_a_flow_is_booked_to_its_fund_and_its_version() -> None:
    made = settled(portfolio(tech="f"), [BUY], OBSERVATION, Measured({"tech": 60_000}, 0, is_explained=True))

    assert made.flow_cents == 60_000
    assert made.portfolio.seen == OBSERVATION
    assert made.portfolio.funds["tech"].flow.last == (TODAY, 60_000)
    assert (made.versions[0].executed_cents, made.versions[0].reserved_cents) == (60_000, 40_000)
    assert made.versions[0].status is EXECUTING


def test_a_second_look_counts_on_from_the_first() -> None:
    begun = replace(BUY, executed_cents=60_000, reserved_cents=40_000)

    made = settled(portfolio(tech="f"), [begun], OBSERVATION, Measured({"tech": 39_000}, 0, is_explained=True))

    assert (made.versions[0].executed_cents, made.versions[0].reserved_cents) == (99_000, 1_000)


def test_a_version_that_waits_has_no_part_in_what_was_traded() -> None:
    waiting, other = version(50_000, version_id="v2"), version(50_000, "other", version_id="v3", status=EXECUTING)

    made = settled(
        portfolio(tech="f"), [BUY, waiting, other], OBSERVATION, Measured({"tech": 110_000}, 0, is_explained=True)
    )

    assert [version.executed_cents for version in made.versions] == [110_000, 0, 0]
    assert made.versions[1:] == (waiting, other)


def test_a_sale_gives_back_no_reservation() -> None:
    sale = version(-50_000, status=EXECUTING)

    made = settled(portfolio(tech="f"), [sale], OBSERVATION, Measured({"tech": -20_000}, 0, is_explained=True))

    assert (made.versions[0].remaining_cents, made.versions[0].reserved_cents) == (-30_000, 0)


def test_a_fund_that_is_empty_begins_anew() -> None:
    before = portfolio(tech="f")
    before = before.with_fund(before.funds["tech"].with_flow(90_000, TODAY))

    made = settled(before, [], EMPTY, Measured({"tech": -99_000}, 0, is_explained=True))

    assert made.portfolio.funds["tech"].flow == FlowLog(life=1)


def test_a_fund_that_was_empty_in_between_still_knows_what_ever_went_in() -> None:
    before = portfolio(tech="f")
    before = before.with_fund(before.funds["tech"].with_flow(90_000, TODAY))
    sold = settled(before, [], EMPTY, Measured({"tech": -99_000}, 0, is_explained=True)).portfolio

    made = settled(sold, [], OBSERVATION, Measured({"tech": 600_000}, 0, is_explained=True))

    fund = made.portfolio.funds["tech"]
    assert (fund.flow.cents, fund.net_cents) == (600_000, 591_000)


def test_what_is_none_of_ours_is_only_counted() -> None:
    made = settled(portfolio(tech="f"), [BUY], OBSERVATION, Measured({"strange": 500}, 0, is_explained=True))

    assert made.flow_cents == 500
    assert made.versions == (BUY,)


def test_a_version_is_complete_when_next_to_nothing_is_left() -> None:
    done = judge(replace(BUY, executed_cents=99_500))

    assert (done.status, done.finished_at, done.reserved_cents) == (VersionStatus.COMPLETE, LATER, 0)


def test_a_version_of_which_something_is_left_is_tried_again() -> None:
    left = judge(replace(BUY, executed_cents=99_000))

    assert (left.status, left.attempts) == (EXECUTING, 1)


def test_a_run_that_failed_fails_what_is_left_but_not_what_is_done() -> None:
    assert judge(replace(BUY, executed_cents=99_000), RunClass.FAILED).reason is not None
    assert judge(replace(BUY, executed_cents=99_000), RunClass.FAILED).status is VersionStatus.FAILED
    assert judge(replace(BUY, executed_cents=99_900), RunClass.FAILED).status is VersionStatus.COMPLETE


def test_a_re_weight_is_complete_with_its_run() -> None:
    only = version(status=EXECUTING)

    assert judge(only).status is VersionStatus.COMPLETE
    assert judge(only, RunClass.FAILED).status is VersionStatus.FAILED


def test_a_sale_of_all_is_complete_when_nothing_is_left_whatever_it_brought() -> None:
    sale = version(-600_000, status=EXECUTING, sells_all=True, executed_cents=-500_000)
    dollar = seen(0, tech={"AAPL": (100, "1")})

    assert judged(sale, EMPTY, RunClass.SUCCEEDED, LATER).status is VersionStatus.COMPLETE
    assert judged(sale, dollar, RunClass.FAILED, LATER).status is VersionStatus.COMPLETE
    assert judge(replace(sale, executed_cents=-600_000)).status is EXECUTING


def test_after_five_tries_a_version_fails() -> None:
    tried = replace(BUY, attempts=MAX_ATTEMPTS - 1)

    failed = judge(tried)

    assert failed.status is VersionStatus.FAILED
    assert failed.reason is not None
    assert failed.reason.code == "not_executed"


@pytest.mark.parametrize("status", [status for status in VersionStatus if status is not EXECUTING])
@pytest.mark.parametrize("outcome", RunClass)
def test_a_version_that_does_not_execute_is_not_judged(status: VersionStatus, outcome: RunClass) -> None:
    other = replace(BUY, status=status, executed_cents=100_000)

    assert judge(other, outcome) is other


@pytest.mark.parametrize("status", VersionStatus)
@pytest.mark.parametrize("to", VersionStatus)
def test_a_version_moves_along_its_table_alone(status: VersionStatus, to: VersionStatus) -> None:
    before = replace(BUY, status=status)

    if to in MOVES[status]:
        after = before.moved(to, LATER)
        assert (after.status, after.updated_at) == (to, LATER)
        assert after.reserved_cents == (100_000 if to.is_open else 0)
        assert after.executing_since == NOW
    else:
        with pytest.raises(BadMoveError):
            before.moved(to, LATER)


def test_the_first_planning_is_when_a_version_began_to_execute() -> None:
    begun = version(100).moved(EXECUTING, LATER)

    assert begun.executing_since == LATER
    assert begun.moved(VersionStatus.FAILED, LATER + timedelta(1)).executing_since == LATER
