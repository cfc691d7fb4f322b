"""Accrual: every day of an open account once, however often and however late the job runs."""

from datetime import date
from fractions import Fraction
from threading import Barrier, Thread

import pytest

from tests.benchmarks.requests_counted import counted
from tests.unit.billing.harness import WEALTH, BillingHarness, a_day, at, day_of, later
from trading.billing.accrual.models import days_between
from trading.platform.errors import StaleRecord

MAX_REQUESTS = 3
MONDAY = date(2013, 2, 4)


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    return BillingHarness()


def test_a_day_is_accrued_once_however_often_the_job_runs(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.snapshot(owner, MONDAY)

    first = harness.evening(owner, MONDAY)
    again = [harness.evening(owner, MONDAY) for _ in range(3)]

    assert all(billing == first for billing in again)
    assert first.accrual is not None
    assert (first.accrual.months["2013-02"].days, first.accrual.months["2013-02"].fees) == (1, a_day())


def test_a_day_that_is_past_is_not_accrued_again_by_a_late_message(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(owner, "2013-02-04", "2013-02-06")
    before = harness.billing(owner)

    harness.accruals.accrue(owner, MONDAY)

    assert harness.billing(owner) == before


@pytest.mark.usefixtures("one_request_at_a_time")
def test_five_runs_at_once_accrue_a_day_once(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.snapshot(owner, MONDAY)
    harness.clock.moment = at(MONDAY, 20)
    gate = Barrier(5)

    def run() -> None:
        gate.wait()
        try:
            harness.accruals.accrue(owner, MONDAY)
        except StaleRecord:
            return

    threads = [Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert harness.accrual(owner).months["2013-02"].days == 1
    assert harness.accrual(owner).months["2013-02"].fees == a_day()


def test_runs_that_were_missed_are_caught_up_on(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    for day in days_between(MONDAY, day_of("2013-02-15")):
        if harness.is_session(day):
            harness.snapshot(owner, day)

    harness.evening(owner, day_of("2013-02-15"))

    assert harness.accrual(owner).months["2013-02"].fees == 12 * a_day()
    assert len(harness.fees(owner, "2013-02")) == 12


def test_somebody_who_was_away_for_long_is_caught_up_on_over_several_runs(harness: BillingHarness) -> None:
    owner = harness.person("2012-10-01")
    for day in days_between(day_of("2012-10-01"), day_of("2013-02-15")):
        if harness.is_session(day):
            harness.snapshot(owner, day)

    for _ in range(5):
        harness.evening(owner, day_of("2013-02-15"))

    months = harness.accrual(owner).months
    assert {period: month.days for period, month in months.items()} == {
        "2012-10": 31,
        "2012-11": 30,
        "2012-12": 31,
        "2013-01": 31,
        "2013-02": 15,
    }
    assert sum(month.fees for month in months.values()) == 92 * a_day(days=366) + 46 * a_day()


def test_days_without_a_session_cost_what_the_last_close_was(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")

    harness.evenings(
        owner, "2013-02-04", "2013-02-11", {later(MONDAY, number): 200_000 + number for number in range(5)}
    )

    fees = harness.fees(owner, "2013-02")
    friday = later(MONDAY, 4)
    for day in (later(friday), later(friday, 2)):
        assert (fees[day].equity_cents, fees[day].snapshot_of, fees[day].is_carried) == (200_004, friday, False)


def test_an_account_that_opens_in_the_month_costs_from_its_first_day(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-20", hour=15)

    harness.evenings(owner, "2013-02-20", "2013-02-28")

    assert harness.accrual(owner).since == day_of("2013-02-20")
    assert harness.accrual(owner).months["2013-02"].fees == 9 * a_day()


def test_the_first_day_is_new_yorks(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-20", hour=23)  # the 21st in UTC

    harness.evenings(owner, "2013-02-20", "2013-02-21")

    assert harness.accrual(owner).since == day_of("2013-02-20")


def test_an_account_that_opens_on_a_saturday_costs_nothing_until_its_first_close(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-09")

    harness.evenings(owner, "2013-02-09", "2013-02-11")

    fees = harness.fees(owner, "2013-02")
    assert [(fee.fee, fee.is_carried) for fee in fees.values()] == [(0, False), (0, False), (a_day(), False)]


def test_an_account_that_closes_stops(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(owner, "2013-02-04", "2013-02-14")

    harness.close(owner)
    harness.evenings(owner, "2013-02-15", "2013-02-20")

    accrual = harness.accrual(owner)
    assert (accrual.stopped_on, accrual.through) == (day_of("2013-02-15"), day_of("2013-02-14"))
    assert (accrual.months["2013-02"].days, accrual.months["2013-02"].fees) == (11, 11 * a_day())


def test_an_account_that_closes_before_its_first_evening_costs_nothing(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.close(owner)

    harness.evenings(owner, "2013-02-04", "2013-02-06")

    assert harness.accrual(owner).months == {}
    assert harness.night(owner, "2013-03-01") == []


def test_nobody_without_an_open_account_is_billed(harness: BillingHarness) -> None:
    assert harness.accruals.accrue("a-stranger", MONDAY) is None
    assert harness.store.load("a-stranger").billing is None


def test_nothing_is_written_before_the_first_day(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")

    harness.evening(owner, day_of("2013-02-01"))

    assert harness.store.load(owner).billing is None


def test_a_fall_below_zero_costs_nothing_and_no_credit(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")

    harness.evenings(owner, "2013-02-04", "2013-02-06", {MONDAY: WEALTH, later(MONDAY): -500, later(MONDAY, 2): 100_00})

    assert [fee.fee for fee in harness.fees(owner, "2013-02").values()] == [a_day(), Fraction(0), Fraction(0)]


@pytest.mark.parametrize("missing", [0, 1, 12])
def test_a_person_and_evening_cost_at_most_three_requests(harness: BillingHarness, missing: int) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(owner, "2013-02-04", "2013-02-05")
    first = later(MONDAY, 2)
    harness.evenings(owner, first.isoformat(), later(first, missing).isoformat(), {})
    today = later(first, missing + 1)
    harness.snapshot(owner, today)
    harness.clock.moment = at(today, 20)

    with counted() as requests:
        harness.accruals.accrue(owner, today)

    assert sum(requests.values()) <= MAX_REQUESTS


def test_the_counter_sees_a_request(harness: BillingHarness) -> None:
    with counted() as requests:
        harness.store.load("anybody")

    assert sum(requests.values()) == 1
