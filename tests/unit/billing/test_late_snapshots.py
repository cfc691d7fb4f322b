"""Snapshots that come late, or never: carried with a mark, rated again once, corrected after the invoice."""

from datetime import date
from fractions import Fraction

import pytest

from tests.unit.billing.harness import WEALTH, BillingHarness, a_day, day_of, later
from trading.billing.accrual.models import days_between
from trading.billing.accrual.service import MAX_CARRIED
from trading.billing.invoices.models import Line

MONDAY, THURSDAY, FRIDAY = date(2013, 2, 4), date(2013, 2, 7), date(2013, 2, 8)
HIGHER, HIGHEST = 2 * WEALTH, 3 * WEALTH


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    return BillingHarness()


def without_friday(harness: BillingHarness, last: str) -> str:
    """Return a person whose snapshot of the Friday is missing, the evening after which is `last`."""
    owner = harness.person("2013-02-04")
    worth = {day: WEALTH for day in days_between(MONDAY, day_of(last)) if day != FRIDAY}
    harness.evenings(owner, "2013-02-04", last, worth)
    return owner


def test_a_missing_snapshot_is_carried_with_a_mark(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-08")

    friday = harness.fees(owner, "2013-02")[FRIDAY]
    assert (friday.equity_cents, friday.snapshot_of, friday.is_carried) == (WEALTH, THURSDAY, True)
    assert friday.fee == a_day()
    assert harness.accrual(owner).months["2013-02"].carried == (FRIDAY,)


def test_the_weekend_after_it_is_carried_too(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-10")

    assert harness.accrual(owner).months["2013-02"].carried == (FRIDAY, later(FRIDAY), later(FRIDAY, 2))


def test_a_snapshot_that_arrives_has_its_day_and_weekend_rated_again(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-11")

    harness.snapshot(owner, FRIDAY, HIGHER)
    harness.evenings(owner, "2013-02-12", "2013-02-12")

    fees, month = harness.fees(owner, "2013-02"), harness.accrual(owner).months["2013-02"]
    for day in days_between(FRIDAY, later(FRIDAY, 2)):
        assert (fees[day].equity_cents, fees[day].snapshot_of, fees[day].is_carried) == (HIGHER, FRIDAY, False)
    assert (month.carried, month.days, month.fees) == ((), 9, 6 * a_day() + 3 * a_day(HIGHER))
    assert sum(fee.fee for fee in fees.values()) == month.fees


def test_a_snapshot_that_arrives_on_the_weekend_rates_what_was_and_what_comes(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-09")

    harness.snapshot(owner, FRIDAY, HIGHER)
    harness.evenings(owner, "2013-02-10", "2013-02-10")

    assert harness.accrual(owner).months["2013-02"].carried == ()
    assert {fee.equity_cents for day, fee in harness.fees(owner, "2013-02").items() if day >= FRIDAY} == {HIGHER}


def test_rating_again_happens_once(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-11")
    harness.snapshot(owner, FRIDAY, HIGHER)
    harness.evening(owner, later(FRIDAY, 3))
    rated = harness.billing(owner)

    harness.snapshot(owner, FRIDAY, HIGHEST)
    again = [harness.evening(owner, later(FRIDAY, 3)) for _ in range(2)]

    assert again == [rated, rated]


def test_what_arrives_in_between_is_what_later_days_are_carried_from(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(owner, "2013-02-04", "2013-02-07", {MONDAY: WEALTH})  # three sessions without a snapshot

    harness.snapshot(owner, later(MONDAY), HIGHER)
    harness.evenings(owner, "2013-02-08", "2013-02-08", {})

    fees = harness.fees(owner, "2013-02")
    assert [fee.equity_cents for fee in fees.values()] == [WEALTH, HIGHER, HIGHER, HIGHER, HIGHER]
    assert [fee.is_carried for fee in fees.values()] == [False, False, True, True, True]
    assert harness.accrual(owner).last_seen == (later(MONDAY), HIGHER)
    harness.snapshot(owner, later(MONDAY, 3), HIGHEST)
    harness.evenings(owner, "2013-02-09", "2013-02-09", {})
    worth = [fee.equity_cents for fee in harness.fees(owner, "2013-02").values()]
    assert worth == [WEALTH, HIGHER, HIGHER, HIGHEST, HIGHEST, HIGHEST]


def test_an_older_snapshot_that_arrives_does_not_replace_a_newer(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-12")

    harness.snapshot(owner, FRIDAY, HIGHER)
    harness.evenings(owner, "2013-02-13", "2013-02-13", {})

    assert harness.fees(owner, "2013-02")[day_of("2013-02-13")].equity_cents == WEALTH


def test_without_any_snapshot_ever_nothing_is_charged_and_nothing_lost(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")

    harness.evenings(owner, "2013-02-04", "2013-02-28", {})

    month = harness.accrual(owner).months["2013-02"]
    assert (month.days, month.fees, len(month.carried)) == (25, Fraction(0), 25)
    assert harness.night(owner, "2013-03-01") == []


def test_many_that_never_arrive_do_not_keep_a_new_one_waiting(harness: BillingHarness) -> None:
    owner = harness.person("2013-01-07")
    gone = MAX_CARRIED + 8
    last = later(date(2013, 1, 7), gone)
    harness.evenings(owner, "2013-01-07", last.isoformat(), {})

    harness.snapshot(owner, last, HIGHER)
    harness.evenings(owner, later(last).isoformat(), later(last).isoformat(), {})

    assert harness.fees(owner, "2013-01")[last].equity_cents == HIGHER


def test_a_backlog_that_arrives_at_once_is_rated_over_several_evenings(harness: BillingHarness) -> None:
    owner = harness.person("2013-01-07")
    harness.evenings(owner, "2013-01-07", "2013-01-31", {})
    for day in days_between(date(2013, 1, 7), date(2013, 1, 31)):
        harness.snapshot(owner, day)

    for _ in range(4):
        harness.evening(owner, date(2013, 1, 31))

    assert harness.accrual(owner).months["2013-01"].fees == 25 * a_day()
    assert harness.accrual(owner).months["2013-01"].carried == ()


def test_a_day_of_an_invoiced_month_becomes_a_correction_on_the_next_invoice(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    sessions = dict.fromkeys(days_between(MONDAY, day_of("2013-02-27")), WEALTH)
    harness.evenings(owner, "2013-02-04", "2013-02-28", sessions)
    (february,) = harness.night(owner, "2013-03-01")

    harness.snapshot(owner, day_of("2013-02-28"), HIGHER)
    harness.evenings(owner, "2013-03-01", "2013-03-31")
    (march,) = harness.night(owner, "2013-04-01")

    assert (february.cents, harness.invoice(owner, "2013-02")) == (round(25 * a_day()), february)
    assert march.lines == (
        Line("Correction for 2013-02-28", "2013-02", a_day(HIGHER) - a_day()),
        Line("Fees", "2013-03", 31 * a_day()),
    )
    assert march.cents == round(31 * a_day() + a_day(HIGHER) - a_day())
    assert (march.period_start, march.period_end) == (day_of("2013-03-01"), day_of("2013-03-31"))
    assert harness.accrual(owner).late == ()


def test_a_correction_downwards_is_a_credit(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(
        owner, "2013-02-04", "2013-02-28", dict.fromkeys(days_between(MONDAY, day_of("2013-02-27")), WEALTH)
    )
    harness.night(owner, "2013-03-01")

    harness.snapshot(owner, day_of("2013-02-28"), 0)
    harness.evenings(owner, "2013-03-01", "2013-03-31")
    (march,) = harness.night(owner, "2013-04-01")

    assert march.cents == round(30 * a_day())


def test_a_snapshot_that_says_the_same_corrects_nothing(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-04")
    harness.evenings(
        owner, "2013-02-04", "2013-02-28", dict.fromkeys(days_between(MONDAY, day_of("2013-02-27")), WEALTH)
    )
    harness.night(owner, "2013-03-01")

    harness.snapshot(owner, day_of("2013-02-28"))
    harness.evenings(owner, "2013-03-01", "2013-03-01")

    assert (harness.billing(owner).carried, harness.accrual(owner).late) == ((), ())


def test_a_day_is_rated_again_after_the_account_closed(harness: BillingHarness) -> None:
    owner = without_friday(harness, "2013-02-11")
    harness.close(owner)
    harness.evening(owner, later(MONDAY, 8))

    harness.snapshot(owner, FRIDAY, HIGHER)
    harness.evening(owner, later(MONDAY, 9))

    month = harness.accrual(owner).months["2013-02"]
    assert (month.days, month.fees, month.carried) == (8, 5 * a_day() + 3 * a_day(HIGHER), ())
