"""Accounts that close and open again: billed while they are open, and credits that no invoice takes are listed."""

import pytest

from tests.unit.billing.harness import AUDIT, BillingHarness, a_day, day_of
from trading.billing.payouts.service import PayoutService
from trading.billing.payouts.store import DynamoPayoutStore
from trading.ledger.models import LedgerAccount
from trading.platform.errors import Conflict, NotFound


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    return BillingHarness()


def payouts(harness: BillingHarness) -> PayoutService:
    return PayoutService(harness.store, DynamoPayoutStore(), harness.clock)


def test_a_reopened_account_is_billed_again_and_not_for_the_time_between(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-14")
    harness.close(owner)
    harness.evenings(owner, "2013-02-15", "2013-04-09", {})
    harness.night(owner, "2013-03-01")
    harness.reopen(owner)
    harness.evenings(owner, "2013-04-10", "2013-04-30")

    (april,) = harness.night(owner, "2013-05-01")

    assert april.cents == round(21 * a_day())
    assert harness.invoice(owner, "2013-02").cents == round(14 * a_day())
    assert set(harness.fees(owner, "2013-04")) == {day_of(f"2013-04-{day}") for day in range(10, 31)}


def test_a_reopened_account_without_a_snapshot_yet_is_not_billed_for_what_it_was_worth_before(
    harness: BillingHarness,
) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-14")
    harness.close(owner)
    harness.evenings(owner, "2013-02-15", "2013-02-20", {})
    harness.reopen(owner)

    harness.evenings(owner, "2013-02-21", "2013-02-21", {})

    assert harness.fees(owner, "2013-02")[day_of("2013-02-21")].fee == 0


def test_a_credit_on_a_closed_account_is_listed_once_and_paid_once(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-28")
    (invoice,) = harness.night(owner, "2013-03-01")
    harness.corrections.credit(owner, "2013-02", 100, AUDIT)
    assert payouts(harness).list_credit(owner) is None
    harness.close(owner)
    harness.evening(owner, day_of("2013-03-01"))

    payout = payouts(harness).list_credit(owner)

    assert payout is not None
    assert (payout.cents, payout.owed_cents) == (100, invoice.cents)
    assert payouts(harness).list_credit(owner) is None
    assert harness.billing(owner).carried == ()
    assert harness.state(owner)[LedgerAccount.PAYOUTS_DUE] == -100
    assert payouts(harness).pay(payout.payout_id, AUDIT).paid_by == AUDIT.actor
    with pytest.raises(Conflict):
        payouts(harness).pay(payout.payout_id, AUDIT)
    assert LedgerAccount.PAYOUTS_DUE not in harness.state(owner)
    with pytest.raises(NotFound):
        payouts(harness).pay("nobody's", AUDIT)
    listed = [payout for payout in DynamoPayoutStore().page(after=None, limit=100).payouts if payout.owner == owner]
    assert [(listing.payout_id, listing.reason) for listing in listed] == [(payout.payout_id, AUDIT.reason)]


def test_a_credit_waits_for_the_last_month_to_be_invoiced(harness: BillingHarness) -> None:
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-28")
    harness.night(owner, "2013-03-01")
    harness.evenings(owner, "2013-03-01", "2013-03-05")
    harness.corrections.credit(owner, "2013-02", 700, AUDIT)
    harness.close(owner)
    harness.evening(owner, day_of("2013-03-06"))
    assert payouts(harness).list_credit(owner) is None

    assert harness.night(owner, "2013-04-01") == []
    payout = payouts(harness).list_credit(owner)

    assert payout is not None
    assert payout.cents == 700 - round(5 * a_day())
