"""Invoices: once a person and month, rounded once, rolled while they are small, never changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from threading import Barrier, Thread

import pytest

from tests.benchmarks.requests_counted import counted
from tests.unit.billing.harness import WEALTH, BillingHarness, a_day, at, day_of
from trading.billing.accrual.models import days_between
from trading.billing.invoices.models import Invoice, Line
from trading.billing.models import BillingAccount
from trading.ledger.models import LedgerAccount
from trading.platform.documents import dump
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow, partition

MAX_REQUESTS = 3
HALVES: Mapping[int, int] = {1: 0, 3: 2, 5: 2}


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    return BillingHarness()


def february(harness: BillingHarness, cents: int = WEALTH) -> str:
    """Return a person whose February 2013 is accrued."""
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-28", cents)
    return owner


def outbox_bodies(owner: str) -> list[str]:
    """Return what is in the outbox of a person's invoices."""
    return [str(row.to_simple_dict()) for row in OutboxRow.scan() if owner in str(row.to_simple_dict())]


def test_a_month_becomes_an_invoice_on_the_1st(harness: BillingHarness) -> None:
    owner = february(harness)

    (invoice,) = harness.night(owner, "2013-03-01")

    assert (invoice.cents, invoice.lines) == (round(28 * a_day()), (Line("Fees", "2013-02", 28 * a_day()),))
    assert (invoice.period_start, invoice.period_end) == (day_of("2013-02-01"), day_of("2013-02-28"))
    assert (invoice.due_on, invoice.next_attempt_at) == (day_of("2013-03-08"), at(day_of("2013-03-08"), 10))
    assert (invoice.status, invoice.attempts, invoice.description) == ("open", (), "Commission for February 2013")
    assert harness.billing(owner).owed == ("2013-02",)
    assert harness.state(owner) == {
        LedgerAccount.FEES_RECEIVABLE: invoice.cents,
        LedgerAccount.FEE_REVENUE: -invoice.cents,
    }


def test_no_invoice_is_made_before_the_month_is_over(harness: BillingHarness) -> None:
    owner = february(harness)

    assert harness.night(owner, "2013-02-28") == []


def test_the_month_is_over_in_new_york(harness: BillingHarness) -> None:
    owner = february(harness)
    harness.clock.moment = at(day_of("2013-02-28"), 23, 59)  # March in UTC

    assert harness.invoices.create(owner) == []


def test_an_invoice_is_made_once_however_often_the_job_runs(harness: BillingHarness) -> None:
    owner = february(harness)
    (invoice,) = harness.night(owner, "2013-03-01")

    again = [harness.night(owner, day) for day in ("2013-03-01", "2013-03-02", "2013-03-31")]

    assert again == [[], [], []]
    assert harness.invoice(owner, "2013-02") == invoice
    assert len(outbox_bodies(owner)) == 1


@pytest.mark.usefixtures("one_request_at_a_time")
def test_five_runs_at_once_make_one_invoice(harness: BillingHarness) -> None:
    owner, made, gate = february(harness), list[Invoice](), Barrier(5)
    harness.clock.moment = at(day_of("2013-03-01"), 0, 30)

    def run() -> None:
        gate.wait()
        made.extend(harness.invoices.create(owner))

    threads = [Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    assert harness.invoice(owner, "2013-02") == made[0]
    assert harness.state(owner)[LedgerAccount.FEES_RECEIVABLE] == made[0].cents
    assert len(outbox_bodies(owner)) == 1


def test_missed_months_are_made_up_for_each_on_its_own(harness: BillingHarness) -> None:
    owner = harness.person("2012-11-15")
    for day in days_between(day_of("2012-11-15"), day_of("2013-02-28")):
        if harness.is_session(day):
            harness.snapshot(owner, day)
    harness.evening(owner, day_of("2012-11-16"))

    made = harness.night(owner, "2013-03-01")

    expected = [16 * a_day(days=366), 31 * a_day(days=366), 31 * a_day(), 28 * a_day()]
    assert [(invoice.period, invoice.cents) for invoice in made] == [
        (period, round(cents))
        for period, cents in zip(("2012-11", "2012-12", "2013-01", "2013-02"), expected, strict=True)
    ]
    assert made[0].period_start == day_of("2012-11-01")


def test_days_that_the_evening_missed_are_accrued_first(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-20")
    for day in days_between(day_of("2013-02-21"), day_of("2013-02-28")):
        harness.snapshot(owner, day)

    (invoice,) = harness.night(owner, "2013-03-01")

    assert invoice.cents == round(28 * a_day())


@pytest.mark.parametrize(("halves", "rest"), HALVES.items())
def test_half_cents_go_to_the_even_one(harness: BillingHarness, halves: int, rest: int) -> None:
    owner = february(harness, 0)
    line = Line("Fees", "2013-01", 100 + Fraction(halves, 2))
    _save(replace(harness.billing(owner), carried=(line,)))

    (invoice,) = harness.night(owner, "2013-03-01")

    assert invoice.cents == 100 + rest


def test_an_amount_is_rounded_once_over_all_its_lines(harness: BillingHarness) -> None:
    owner = february(harness, 0)
    thirds = tuple(Line("Fees", period, 100 + Fraction(1, 3)) for period in ("2012-11", "2012-12", "2013-01"))
    _save(replace(harness.billing(owner), carried=thirds))

    (invoice,) = harness.night(owner, "2013-03-01")

    assert invoice.cents == 301


@pytest.mark.parametrize(("cents", "is_made"), [("49.4", False), ("49.5", True), ("49.4999", False), ("50", True)])
def test_what_stripe_would_not_charge_waits(harness: BillingHarness, cents: str, is_made: bool) -> None:
    owner = february(harness, 0)
    _save(replace(harness.billing(owner), carried=(Line("Fees", "2013-01", Fraction(cents)),)))

    made = harness.night(owner, "2013-03-01")

    assert bool(made) is is_made
    assert harness.billing(owner).carried == (() if is_made else (Line("Fees", "2013-01", Fraction(cents)),))


def test_a_small_month_waits_in_sight_and_is_a_line_of_the_next_invoice(harness: BillingHarness) -> None:
    owner = february(harness, 60_000)

    assert harness.night(owner, "2013-03-01") == []
    assert harness.billing(owner).carried == (Line("Fees", "2013-02", 28 * a_day(60_000)),)
    harness.evenings(owner, "2013-03-01", "2013-03-31", 60_000)
    (invoice,) = harness.night(owner, "2013-04-01")

    assert [line.period for line in invoice.lines] == ["2013-02", "2013-03"]
    assert invoice.cents == round(59 * a_day(60_000))
    assert (invoice.period_start, invoice.period_end) == (day_of("2013-02-01"), day_of("2013-03-31"))
    assert harness.billing(owner).carried == ()


def test_nothing_owed_makes_no_invoice_and_leaves_nothing_behind(harness: BillingHarness) -> None:
    owner = february(harness, 100_00)

    assert harness.night(owner, "2013-03-01") == []
    billing = harness.billing(owner)
    assert (billing.carried, billing.owed, billing.invoiced_through) == ((), (), "2013-02")
    assert harness.state(owner) == {}


def test_empty_months_do_not_pile_up_behind_a_small_one(harness: BillingHarness) -> None:
    owner = february(harness, 60_000)
    harness.evenings(owner, "2013-03-01", "2013-03-01", 0)
    for day in days_between(day_of("2013-03-02"), day_of("2013-08-31")):
        harness.snapshot(owner, day, 0)

    for month in ("03", "04", "05", "06", "07", "08", "09"):
        assert harness.night(owner, f"2013-{month}-01") == []

    assert [line.period for line in harness.billing(owner).carried] == ["2013-02"]


def test_the_month_in_which_an_account_closed_is_invoiced_and_none_after(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-14")
    harness.close(owner)

    (invoice,) = harness.night(owner, "2013-03-01")
    later = [harness.night(owner, f"2013-{month}-01") for month in ("04", "05", "06")]

    assert invoice.cents == round(14 * a_day())
    assert later == [[], [], []]


def test_somebody_without_fees_has_no_invoices(harness: BillingHarness) -> None:
    assert harness.night("a-stranger", "2013-03-01") == []
    assert harness.night(harness.person("2013-02-28"), "2013-03-01") == []


def test_an_invoice_costs_at_most_three_requests(harness: BillingHarness) -> None:
    owner = february(harness)
    harness.clock.moment = at(date(2013, 3, 1), 0, 30)

    with counted() as requests:
        harness.invoices.create(owner)

    assert sum(requests.values()) <= MAX_REQUESTS


def _save(billing: BillingAccount) -> None:
    """Write a billing account as it is, over the one that is there."""
    PersonRow(partition(billing.owner), "billing", document=dump(billing), version=billing.version).save()
