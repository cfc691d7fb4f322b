"""Refunds and disputes."""

import pytest
import stripe

from infra.sandbox.partners.stripe.cards import Card
from infra.sandbox.partners.stripe.errors import AlreadyDoneError
from tests.unit.infra.sandbox.partners.stripe.bench import Bench


def test_everything_goes_back_unless_an_amount_is_given(bench: Bench) -> None:
    intent = bench.charge(*bench.card())

    refund = bench.sdk.refunds.create({"payment_intent": intent.id, "metadata": {"invoice_id": "inv-1"}})

    assert (refund.amount, refund.status, refund.payment_intent) == (822, "succeeded", intent.id)
    assert bench.sdk.refunds.retrieve(refund.id).metadata["invoice_id"] == "inv-1"
    charge = bench.sdk.charges.retrieve(refund.charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 822)
    assert bench.kinds()[-1] == "charge.refunded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        bench.sdk.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"


def test_no_more_goes_back_than_is_left(bench: Bench) -> None:
    intent = bench.charge(*bench.card())
    first = bench.sdk.refunds.create({"payment_intent": intent.id, "amount": 800})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        bench.sdk.refunds.create({"charge": intent.latest_charge, "amount": 23})
    second = bench.sdk.refunds.create({"charge": intent.latest_charge, "amount": 22})

    assert caught.value.param == "amount"
    assert not bench.sdk.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}).latest_charge.disputed
    assert [each.id for each in bench.sdk.refunds.list({"payment_intent": intent.id}).data] == [second.id, first.id]


def test_what_was_not_paid_does_not_go_back(bench: Bench) -> None:
    with pytest.raises(stripe.CardError):
        bench.charge(*bench.card(Card.DECLINE))
    (intent_id,) = bench.stripe.state.intents

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        bench.sdk.refunds.create({"payment_intent": intent_id})
    with pytest.raises(stripe.InvalidRequestError):
        bench.sdk.refunds.create({})


def test_a_dispute_begins_and_ends_once(bench: Bench) -> None:
    intent = bench.charge(*bench.card())
    reversals = bench.stripe.reversals
    charge = reversals.charge_of(bench.stripe.state.intents[intent.id])

    with pytest.raises(AlreadyDoneError):
        reversals.close(charge, "won")
    dispute = reversals.dispute(charge)
    with pytest.raises(AlreadyDoneError):
        reversals.dispute(charge)
    reversals.close(charge, "lost")

    told = bench.sdk.disputes.retrieve(dispute.dispute_id)
    assert (told.status, told.amount, told.charge, told.payment_intent) == ("lost", 822, charge.charge_id, intent.id)
    assert bench.kinds()[-2:] == ["charge.dispute.created", "charge.dispute.closed"]
