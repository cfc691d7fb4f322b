"""Charges through the real handlers and Stripe's SDK while Stripe fails: one payment, one receipt."""

import pytest

from sandbox.faults import Fault
from tests.support.bills import BillsWorld
from tests.support.world import World

DUE = "2013-03-08"


@pytest.fixture
def bills(world: World) -> BillsWorld:
    made = BillsWorld(world)
    made.funded()
    made.card()
    made.until("2013-02-24")
    world.pass_by(days=10)  # days whose jobs did not run are caught up with
    made.until("2013-03-07")
    return made


def observe(bills: BillsWorld, **span: int) -> None:
    """Let time pass, and the resolver run."""
    bills.world.pass_by(**span)
    bills.world.resolve()


def assert_paid_once(bills: BillsWorld) -> None:
    (invoice,) = bills.invoices()
    succeeded = [intent for intent in bills.world.stripe.state.intents.values() if intent.status == "succeeded"]
    assert (invoice["status"], len(succeeded)) == ("paid", 1)
    assert [payment["status"] for payment in invoice["payments"]].count("success") == 1


def test_a_lost_answer_is_found_by_its_webhook_and_events_in_disorder_change_nothing(bills: BillsWorld) -> None:
    bills.world.fail("stripe", "create_payment_intent", Fault.DROP_AFTER)
    bills.until(DUE)
    assert_paid_once(bills)

    bills.world.stripe.journal.replay(2, shuffle=True)
    bills.world.work_off()
    observe(bills, hours=25)

    assert_paid_once(bills)


@pytest.mark.parametrize(
    ("fault", "minutes"),
    [(Fault.DROP_AFTER, 2), (Fault.MALFORMED, 25 * 60), (Fault.DROP_BEFORE, 2), (Fault.DROP_BEFORE, 25 * 60)],
)
def test_what_became_of_a_charge_is_found_out_without_a_webhook(bills: BillsWorld, fault: Fault, minutes: int) -> None:
    bills.world.stripe.state.is_holding = True
    bills.world.fail("stripe", "create_payment_intent", fault)
    bills.until(DUE)
    assert [payment["status"] for payment in bills.invoices()[0]["payments"]] == ["pending"]

    observe(bills, minutes=minutes)
    bills.until("2013-03-10")

    assert_paid_once(bills)
    bills.world.stripe.state.is_holding = False
    bills.world.work_off()
    assert_paid_once(bills)


def test_a_failure_that_stripe_keeps_for_a_day_is_a_failed_step_and_then_paid(bills: BillsWorld) -> None:
    bills.world.fail("stripe", "create_payment_intent", Fault.HTTP_500)
    bills.until(DUE)
    for _ in range(3):
        observe(bills, hours=1)
    assert [payment["status"] for payment in bills.invoices()[0]["payments"]] == ["pending"]

    observe(bills, hours=24)
    bills.until("2013-03-11")

    (invoice,) = bills.invoices()
    assert [payment["status"] for payment in invoice["payments"]] == ["failed", "success"]
    assert_paid_once(bills)


def test_a_cancel_that_is_lost_is_made_again_before_another_card_is_charged(bills: BillsWorld) -> None:
    bills.world.stripe.state.payment_methods[next(iter(bills.world.stripe.state.payment_methods))].is_expired = True
    bills.until(DUE)
    good = bills.card()
    bills.world.fail("stripe", "cancel", Fault.DROP_AFTER)

    bills.activate(good.body["payment_method_id"])
    bills.until("2013-03-09")

    assert_paid_once(bills)
    assert [intent.status for intent in bills.world.stripe.state.intents.values()] == ["canceled", "succeeded"]
