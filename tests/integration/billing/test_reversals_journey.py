"""Disputes, refunds and gone customers through the real handlers and Stripe's real SDK, in one process."""

from typing import Any

import pytest

from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.reversals import Move
from sandbox.partners.stripe.state import Charge
from tests.support.bills import BillsWorld
from tests.support.world import World

OPERATOR = {"role": "operator"}


@pytest.fixture
def bills(world: World) -> BillsWorld:
    """Return a world in which ada paid her first invoice by card."""
    bills = BillsWorld(world)
    bills.funded()
    bills.card()
    bills.until("2013-03-08")
    assert bills.invoices()[0]["status"] == "paid"
    return bills


def charge_of(bills: BillsWorld) -> Charge:
    (intent,) = bills.world.stripe.state.intents.values()
    return bills.world.stripe.reversals.charge_of(intent)


def contest(bills: BillsWorld, *moves: Move) -> dict[str, Any]:
    """Have a dispute go on; return it as operators see it."""
    for move in moves:
        bills.world.stripe.reversals.move(charge_of(bills), move)
    bills.carry()
    (dispute,) = bills.world.call("list_disputes", "olga", claims=OPERATOR).body["items"]
    found: dict[str, Any] = dispute
    return found


def notified(bills: BillsWorld) -> list[str]:
    return [item["type"] for item in bills.world.call("list_notifications").body["items"]]


def test_a_dispute_is_seen_noted_and_won(bills: BillsWorld) -> None:
    dispute = contest(bills, Move.NEEDS_RESPONSE, Move.FUNDS_WITHDRAWN)
    assert (dispute["state"], dispute["withdrawn_cents"], dispute["profile_id"]) == ("needs_response", 184, "ada")
    assert dispute["evidence_due_at"].startswith("2013-03-15")
    body = {"reason": "evidence was sent"}
    noted = bills.world.call("note_dispute", "olga", body=body, dispute_id=dispute["dispute_id"], claims=OPERATOR)
    assert [note["by"] for note in noted.body["notes"]] == ["olga"]

    won = contest(bills, Move.WON)

    assert (won["state"], won["withdrawn_cents"], len(won["notes"])) == ("won", 0, 1)
    assert bills.invoices()[0]["status"] == "paid"
    assert [method["is_usable"] for method in bills.methods() if method["type"] == "card"] == [True]
    assert (notified(bills).count("payment_disputed"), notified(bills).count("dispute_closed")) == (1, 1)
    assert bills.world.failures == []


def test_a_lost_dispute_is_owed_again_and_paid_with_another_card(bills: BillsWorld) -> None:
    assert contest(bills, Move.NEEDS_RESPONSE, Move.LOST)["state"] == "lost"
    (invoice,) = bills.invoices()
    assert (invoice["status"], invoice["owed_cents"]) == ("uncollectible", 184)
    assert bills.world.call("get_profile").body["billing_hold"]

    bills.activate(bills.card().body["payment_method_id"])

    (invoice,) = bills.invoices()
    assert (invoice["status"], invoice["owed_cents"]) == ("paid", 0)
    assert not bills.world.call("get_profile").body["billing_hold"]


def test_a_refund_and_its_failure_are_followed(bills: BillsWorld) -> None:
    reversals, state = bills.world.stripe.reversals, bills.world.stripe.state
    reversals.refund(Form({"charge": charge_of(bills).charge_id, "amount": "84"}))
    bills.carry()
    assert bills.invoices()[0]["payments"][0]["refunded_cents"] == 84

    reversals.fail_refund(next(iter(state.refunds.values())))
    bills.carry()

    assert bills.invoices()[0]["payments"][0]["refunded_cents"] == 0
    assert "refund_failed" in notified(bills)


def test_who_is_gone_at_stripe_is_asked_for_a_card_and_charged_again(bills: BillsWorld) -> None:
    (customer,) = bills.world.stripe.state.customers.values()
    bills.world.stripe.customers.delete(customer)
    bills.carry()
    assert notified(bills).count("card_needed") == 1

    assert bills.card().body["is_active"]

    (again,) = bills.world.stripe.state.customers.values()
    assert again.customer_id != customer.customer_id
    bills.until("2013-04-08")
    assert [invoice["status"] for invoice in bills.invoices()] == ["paid", "paid"]


def test_a_sixth_attempt_is_refused(world: World) -> None:
    bills = BillsWorld(world)
    bills.funded()
    bills.card("decline")
    bills.until("2013-03-08")
    (invoice,) = bills.invoices()
    answers = [bills.pay(invoice["invoice_id"]) for _ in range(6)]

    assert [answer.status for answer in answers] == [200] * 5 + [409]
    assert answers[5].body["code"] == "too_many_attempts"
    assert len(world.call("list_commission_payments").body["items"]) == 6
