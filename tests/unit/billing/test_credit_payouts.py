"""Credits on closed accounts: listed once and paid once, whoever dies, comes twice, late, or at the same time."""

from functools import partial

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.events import event_names
from tests.unit.billing.harness import AUDIT, BillingHarness, a_day, day_of
from trading.billing.payouts.models import CreditPayout
from trading.billing.payouts.service import PayoutService
from trading.billing.payouts.store import DynamoPayoutStore
from trading.brokerage.models import AccountStatus
from trading.ledger.models import LedgerAccount
from trading.platform.errors import Conflict

CREDIT = 100


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    del aws
    return BillingHarness()


def payouts(harness: BillingHarness) -> PayoutService:
    return PayoutService(harness.store, DynamoPayoutStore(), harness.clock)


def credited_and_closed(harness: BillingHarness) -> str:
    """Return a person with a credit and a closed account that is invoiced to its end."""
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-28")
    harness.night(owner, "2013-03-01")
    harness.corrections.credit(owner, "2013-02", CREDIT, AUDIT)
    harness.close(owner)
    harness.evening(owner, day_of("2013-03-01"))
    return owner


def listed(owner: str) -> list[CreditPayout]:
    return [payout for payout in DynamoPayoutStore().page(after=None, limit=100).payouts if payout.owner == owner]


def assert_listed_once(harness: BillingHarness, owner: str) -> None:
    """Hold that a person's credit is on the list once, has one event, and is in the journal as due."""
    assert [payout.cents for payout in listed(owner)] == [CREDIT]
    assert event_names(owner).count("credit_payout_due") == 1
    assert harness.billing(owner).carried == ()
    assert harness.state(owner)[LedgerAccount.PAYOUTS_DUE] == -CREDIT


def assert_paid_once(harness: BillingHarness, owner: str) -> None:
    """Hold that a person's payout is paid, and in the journal once."""
    (payout,) = listed(owner)
    assert (payout.paid_by, payout.reason) == (AUDIT.actor, AUDIT.reason)
    state = harness.state(owner)
    assert (state.get(LedgerAccount.PAYOUTS_DUE), state[LedgerAccount.FEE_CLEARING]) == (None, -CREDIT)


def test_a_listing_that_died_anywhere_is_done_once_by_the_next_night(
    harness: BillingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = Crashes(monkeypatch)
    places = crashes.count(partial(payouts(harness).list_credit, credited_and_closed(harness)))
    assert places >= 4

    for place in range(1, places + 1):
        owner = credited_and_closed(harness)
        crashes.die_at(place, partial(payouts(harness).list_credit, owner))
        payouts(harness).list_credit(owner)
        assert payouts(harness).list_credit(owner) is None

        assert_listed_once(harness, owner)


def test_a_note_of_payment_that_died_anywhere_is_made_once(
    harness: BillingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = Crashes(monkeypatch)

    def due() -> tuple[str, CreditPayout]:
        owner = credited_and_closed(harness)
        payout = payouts(harness).list_credit(owner)
        assert payout is not None
        return owner, payout

    def pay(payout: CreditPayout) -> bool:
        try:
            return payouts(harness).pay(payout.payout_id, AUDIT).paid_at is not None
        except Conflict as conflict:
            return conflict.code == "already_paid"

    owner, payout = due()
    places = crashes.count(partial(pay, payout))
    assert places >= 4
    for place in range(1, places + 1):
        owner, payout = due()
        crashes.die_at(place, partial(pay, payout))

        assert pay(payout)

        assert_paid_once(harness, owner)


def test_two_who_note_a_payment_at_the_same_time_note_it_once(
    harness: BillingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = credited_and_closed(harness)
    payout = payouts(harness).list_credit(owner)
    assert payout is not None
    cut_in(monkeypatch, lambda: payouts(harness).pay(payout.payout_id, AUDIT))

    with pytest.raises(Conflict):
        payouts(harness).pay(payout.payout_id, AUDIT)

    assert_paid_once(harness, owner)


def test_two_who_list_a_credit_at_the_same_time_list_it_once(
    harness: BillingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = credited_and_closed(harness)
    cut_in(monkeypatch, lambda: payouts(harness).list_credit(owner))

    assert payouts(harness).list_credit(owner) is None

    assert_listed_once(harness, owner)


def test_a_credit_that_comes_after_a_payout_was_listed_is_listed_for_itself(harness: BillingHarness) -> None:
    owner = credited_and_closed(harness)
    payouts(harness).list_credit(owner)
    harness.corrections.credit(owner, "2013-02", 30, AUDIT)

    late = payouts(harness).list_credit(owner)

    assert late is not None
    assert sorted(payout.cents for payout in listed(owner)) == [30, CREDIT]
    assert harness.state(owner)[LedgerAccount.PAYOUTS_DUE] == -(CREDIT + 30)
    assert payouts(harness).pay(late.payout_id, AUDIT).cents == 30
    assert harness.state(owner)[LedgerAccount.PAYOUTS_DUE] == -CREDIT


def test_who_opens_again_before_the_night_keeps_the_credit_for_the_next_invoice(harness: BillingHarness) -> None:
    owner = credited_and_closed(harness)
    harness.reopen(owner)
    harness.evenings(owner, "2013-03-04", "2013-03-31")

    assert payouts(harness).list_credit(owner) is None
    (march,) = harness.night(owner, "2013-04-01")

    assert march.cents == round(28 * a_day()) - CREDIT
    assert listed(owner) == []


def test_what_was_listed_before_an_account_opened_again_is_paid_and_lowers_no_invoice(harness: BillingHarness) -> None:
    owner = credited_and_closed(harness)
    payout = payouts(harness).list_credit(owner)
    assert payout is not None
    harness.reopen(owner)
    harness.evenings(owner, "2013-03-04", "2013-03-31")
    (march,) = harness.night(owner, "2013-04-01")

    payouts(harness).pay(payout.payout_id, AUDIT)

    assert march.cents == round(28 * a_day())
    assert_paid_once(harness, owner)


@pytest.mark.parametrize("status", [status for status in AccountStatus if status is not AccountStatus.CLOSED])
def test_nothing_is_listed_while_an_account_is_not_closed(harness: BillingHarness, status: AccountStatus) -> None:
    owner = credited_and_closed(harness)
    harness.move(owner, status)

    assert payouts(harness).list_credit(owner) is None
