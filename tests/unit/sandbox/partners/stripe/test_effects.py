"""What Stripe really did, by our own ids; and how a world of tests has it."""

from pathlib import Path

import pytest
import stripe

from sandbox.effects import effects
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.simulator import StripeSimulator
from tests.support.world import World
from tests.unit.sandbox.partners.drivewealth.harness import Harness as BrokerHarness
from tests.unit.sandbox.partners.stripe.harness import Harness


@pytest.mark.usefixtures("aws")
def test_payments_and_refunds_are_listed_by_their_invoice(harness: Harness, tmp_path: Path) -> None:
    intent = harness.charge(*harness.card())
    refund = harness.sdk.refunds.create({"payment_intent": intent.id, "amount": 22})
    other = harness.charge(*harness.card(), metadata={})
    with pytest.raises(stripe.CardError):
        harness.charge(*harness.card(Card.DECLINE))
    harness.sdk.refunds.create({"payment_intent": other.id})

    done = effects(BrokerHarness(tmp_path / "broker").broker, harness.stripe)

    at = "2013-02-19T15:00:00Z"
    paid = {"id": intent.id, "refs": ["inv-1"], "status": "succeeded", "amount_cents": 822, "at": at}
    back = {"id": refund.id, "refs": ["inv-1"], "status": "succeeded", "amount_cents": 22, "at": at}
    assert done["payment_intents"][0] == paid
    assert [intent["status"] for intent in done["payment_intents"]] == [
        "succeeded",
        "succeeded",
        "requires_payment_method",
    ]
    assert done["refunds"][0] == back
    assert done["refunds"][1]["refs"] == [other.id]


def test_a_fresh_sandbox_knows_nobody(harness: Harness, tmp_path: Path) -> None:
    harness.customer()
    harness.stripe.flush()

    kept = StripeSimulator.in_folder(tmp_path, now=lambda: harness.now)
    fresh = StripeSimulator.in_folder(tmp_path, now=lambda: harness.now, afresh=True)

    assert (len(kept.state.customers), len(fresh.state.customers)) == (1, 0)


def test_a_world_has_stripe_act_as_time_passes(world: World) -> None:
    world.stripe.journal.deliver_unasked("made.up")
    assert [webhook.kind for webhook in world.webhooks] == ["made.up"]
    world.webhooks.clear()

    world.stripe.journal.deliver_unasked("made.up.later")
    world.pass_by(hours=1)

    assert world.stripe.state.waiting == []
