"""Disputes, refunds and customers over the simulator, with Stripe's own SDK."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.reversals import Move
from sandbox.partners.stripe.state import Charge
from tests.unit.partners.stripe.harness import KEY, StripeHarness, answering, stripe_harness
from trading.billing.disputes.models import DisputeState
from trading.platform.errors import Refused


def charged(harness: StripeHarness) -> tuple[str, Charge]:
    """Charge a card; return the payment's id and its charge."""
    reference = harness.stripe.charge(harness.order(harness.card()), key=KEY).reference
    return reference, harness.simulator.reversals.charge_of(harness.simulator.state.intents[reference])


def test_a_dispute_tells_its_state_deadline_and_where_the_money_is(tmp_path: Path) -> None:
    with stripe_harness(tmp_path) as harness:
        reference, charge = charged(harness)
        seen = []
        for move in (Move.INQUIRY, Move.NEEDS_RESPONSE, Move.FUNDS_WITHDRAWN, Move.LOST):
            dispute_id = harness.simulator.reversals.move(charge, move).dispute_id
            report = harness.stripe.dispute(dispute_id)
            seen.append((report.state, report.withdrawn_cents))

        assert seen == [
            (DisputeState.INQUIRY, 0),
            (DisputeState.NEEDS_RESPONSE, 0),
            (DisputeState.NEEDS_RESPONSE, 184),
            (DisputeState.LOST, 184),
        ]
        assert (report.charge_reference, report.cents, report.reason) == (reference, 184, "fraudulent")
        due = harness.clock.now().replace(microsecond=0) + timedelta(days=7)
        assert report.evidence_due_at == due
        with pytest.raises(Refused):
            harness.stripe.dispute("du_of_nobody")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_under_review", DisputeState.INQUIRY),
        ("warning_closed", DisputeState.CLOSED),
        ("prevented", DisputeState.CLOSED),
        ("under_review", DisputeState.UNDER_REVIEW),
        ("appeal_in_review", DisputeState.UNDER_REVIEW),
        ("won", DisputeState.WON),
        ("charge_refunded", None),
        ("made_up", None),
    ],
)
def test_every_published_status_is_known_and_no_other(status: str, state: DisputeState | None) -> None:
    with answering() as (stripe, answers):
        answers.say(200, {"id": "du_1", "object": "dispute", "status": status, "amount": 5, "payment_intent": "pi_1"})

        report = stripe.dispute("du_1")

    assert (report.state, report.raw_status, report.withdrawn_cents) == (state, status, 0)
    assert (report.evidence_due_at, report.reason) == (None, "unknown")


def test_refunds_that_failed_moved_no_money(tmp_path: Path) -> None:
    with stripe_harness(tmp_path) as harness:
        reference, _ = charged(harness)
        assert harness.stripe.refunds_of(reference) == ()
        reversals, state = harness.simulator.reversals, harness.simulator.state
        for cents in ("84", "100"):
            reversals.refund(Form({"payment_intent": reference, "amount": cents}))
        reversals.fail_refund(next(iter(state.refunds.values())))

        refunds = harness.stripe.refunds_of(reference)

    assert sorted((refund.cents, refund.is_live) for refund in refunds) == [(84, False), (100, True)]


def test_a_customer_that_was_deleted_or_never_was_is_not_there(tmp_path: Path) -> None:
    with stripe_harness(tmp_path) as harness:
        assert harness.stripe.has_customer(harness.customer_id)
        card = harness.card()
        harness.simulator.customers.delete(harness.simulator.state.customers[harness.customer_id])

        assert not harness.stripe.has_customer(harness.customer_id)
        assert not harness.stripe.has_customer("cus_of_nobody")
        with pytest.raises(Refused) as refusal:
            harness.stripe.charge(harness.order(card), key=KEY)
        assert refusal.value.code == "resource_missing"
