"""Refunds and disputes."""

import pytest
import stripe

from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import AlreadyDoneError
from sandbox.partners.stripe.reversals import Move
from tests.unit.sandbox.partners.stripe.harness import Harness


def test_everything_goes_back_unless_an_amount_is_given(harness: Harness) -> None:
    intent = harness.charge(*harness.card())

    refund = harness.sdk.refunds.create({"payment_intent": intent.id, "metadata": {"invoice_id": "inv-1"}})

    assert (refund.amount, refund.status, refund.payment_intent) == (822, "succeeded", intent.id)
    assert harness.sdk.refunds.retrieve(refund.id).metadata["invoice_id"] == "inv-1"
    charge = harness.sdk.charges.retrieve(refund.charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 822)
    assert harness.kinds()[-1] == "charge.refunded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.sdk.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"


def test_no_more_goes_back_than_is_left(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    first = harness.sdk.refunds.create({"payment_intent": intent.id, "amount": 800})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.sdk.refunds.create({"charge": intent.latest_charge, "amount": 23})
    second = harness.sdk.refunds.create({"charge": intent.latest_charge, "amount": 22})

    assert caught.value.param == "amount"
    assert not harness.sdk.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}).latest_charge.disputed
    assert [item.id for item in harness.sdk.refunds.list({"payment_intent": intent.id}).data] == [second.id, first.id]


def test_what_was_not_paid_does_not_go_back(harness: Harness) -> None:
    with pytest.raises(stripe.CardError):
        harness.charge(*harness.card(Card.DECLINE))
    (intent_id,) = harness.stripe.state.intents

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        harness.sdk.refunds.create({"payment_intent": intent_id})
    with pytest.raises(stripe.InvalidRequestError):
        harness.sdk.refunds.create({})


def test_a_dispute_begins_and_ends_once(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    reversals = harness.stripe.reversals
    charge = reversals.charge_of(harness.stripe.state.intents[intent.id])

    with pytest.raises(AlreadyDoneError):
        reversals.close(charge, "won")
    dispute = reversals.dispute(charge)
    with pytest.raises(AlreadyDoneError):
        reversals.dispute(charge)
    reversals.close(charge, "lost")

    shown = harness.sdk.disputes.retrieve(dispute.dispute_id)
    assert (shown.status, shown.amount, shown.charge, shown.payment_intent) == (
        "lost",
        822,
        charge.charge_id,
        intent.id,
    )
    assert sum(transaction.amount for transaction in shown.balance_transactions) == -822
    assert harness.kinds()[-3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


def test_an_inquiry_becomes_a_dispute_and_money_goes_and_comes(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    reversals = harness.stripe.reversals
    charge = reversals.charge_of(harness.stripe.state.intents[intent.id])
    seen = []

    for move in (Move.INQUIRY, Move.NEEDS_RESPONSE, Move.FUNDS_WITHDRAWN, Move.WON, Move.FUNDS_REINSTATED):
        dispute = harness.sdk.disputes.retrieve(reversals.move(charge, move).dispute_id)
        seen.append((dispute.status, sum(transaction.amount for transaction in dispute.balance_transactions)))

    assert dispute.evidence_details.due_by > dispute.created
    assert seen == [
        ("warning_needs_response", 0),
        ("needs_response", 0),
        ("needs_response", -822),
        ("won", 0),
        ("won", 0),
    ]


def test_an_inquiry_is_closed_and_cannot_be_won(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    reversals = harness.stripe.reversals
    charge = reversals.charge_of(harness.stripe.state.intents[intent.id])
    reversals.move(charge, Move.INQUIRY)

    with pytest.raises(AlreadyDoneError):
        reversals.move(charge, Move.WON)

    assert reversals.move(charge, Move.CLOSED).status == "warning_closed"


def test_a_refund_that_fails_is_paid_again(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    refund = harness.sdk.refunds.create({"payment_intent": intent.id})

    harness.stripe.reversals.fail_refund(harness.stripe.state.refunds[refund.id])

    assert harness.sdk.refunds.retrieve(refund.id).status == "failed"
    assert harness.sdk.charges.retrieve(refund.charge).amount_refunded == 0
    assert harness.kinds()[-3:] == ["refund.failed", "refund.updated", "charge.refund.updated"]
