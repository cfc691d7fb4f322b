"""What Stripe really did, told by our own ids; and how a world of tests has it."""

from pathlib import Path

import pytest
import stripe

from sandbox.effects import effects
from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.simulator import StripeSimulator
from tests.support.world import World
from tests.unit.sandbox.partners.drivewealth.bench import Bench as BrokerBench
from tests.unit.sandbox.partners.stripe.bench import Bench


@pytest.mark.usefixtures("aws")
def test_payments_and_refunds_are_told_by_their_invoice(bench: Bench, tmp_path: Path) -> None:
    intent = bench.charge(*bench.card())
    refund = bench.sdk.refunds.create({"payment_intent": intent.id, "amount": 22})
    other = bench.charge(*bench.card(), metadata={})
    with pytest.raises(stripe.CardError):
        bench.charge(*bench.card(Card.DECLINE))
    bench.sdk.refunds.create({"payment_intent": other.id})

    told = effects(BrokerBench(tmp_path / "broker").broker, bench.stripe)

    at = "2013-02-19T15:00:00Z"
    paid = {"id": intent.id, "refs": ["inv-1"], "status": "succeeded", "amount_cents": 822, "at": at}
    back = {"id": refund.id, "refs": ["inv-1"], "status": "succeeded", "amount_cents": 22, "at": at}
    assert told["payment_intents"][0] == paid
    assert [intent["status"] for intent in told["payment_intents"]] == [
        "succeeded",
        "succeeded",
        "requires_payment_method",
    ]
    assert told["refunds"][0] == back
    assert told["refunds"][1]["refs"] == [other.id]


def test_a_fresh_sandbox_knows_nobody(bench: Bench, tmp_path: Path) -> None:
    bench.customer()
    bench.stripe.flush()

    kept = StripeSimulator.in_folder(tmp_path, now=lambda: bench.now)
    fresh = StripeSimulator.in_folder(tmp_path, now=lambda: bench.now, afresh=True)

    assert (len(kept.state.customers), len(fresh.state.customers)) == (1, 0)


def test_a_world_has_stripe_act_as_time_passes(world: World) -> None:
    world.stripe.journal.tell_unasked("made.up")
    assert [webhook.kind for webhook in world.webhooks] == ["made.up"]
    world.webhooks.clear()

    world.stripe.journal.tell_unasked("made.up.later")
    world.pass_by(hours=1)

    assert world.stripe.state.waiting == []
