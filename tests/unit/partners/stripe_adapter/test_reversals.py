"""Disputes, refunds and customers over the simulator, with Stripe's own SDK."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.reversals import Move
from sandbox.partners.stripe.state import Charge
from tests.unit.partners.stripe_adapter.bench import KEY, StripeBench, answering, stripe_bench
from trading.billing.disputes.models import DisputeState
from trading.platform.errors import Refused


def charged(bench: StripeBench) -> tuple[str, Charge]:
    """Charge a card; return the payment's id and its charge."""
    reference = bench.stripe.charge(bench.order(bench.card()), key=KEY).reference
    return reference, bench.simulator.reversals.charge_of(bench.simulator.state.intents[reference])


def test_a_dispute_tells_its_state_deadline_and_where_the_money_is(tmp_path: Path) -> None:
    with stripe_bench(tmp_path) as bench:
        reference, charge = charged(bench)
        seen = []
        for move in (Move.INQUIRY, Move.NEEDS_RESPONSE, Move.FUNDS_WITHDRAWN, Move.LOST):
            dispute_id = bench.simulator.reversals.move(charge, move).dispute_id
            report = bench.stripe.dispute(dispute_id)
            seen.append((report.state, report.withdrawn_cents))

        assert seen == [
            (DisputeState.INQUIRY, 0),
            (DisputeState.NEEDS_RESPONSE, 0),
            (DisputeState.NEEDS_RESPONSE, 184),
            (DisputeState.LOST, 184),
        ]
        assert (report.charge_reference, report.cents, report.reason) == (reference, 184, "fraudulent")
        due = bench.clock.now().replace(microsecond=0) + timedelta(days=7)
        assert report.evidence_due_at == due
        with pytest.raises(Refused):
            bench.stripe.dispute("du_of_nobody")


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
    with stripe_bench(tmp_path) as bench:
        reference, _ = charged(bench)
        assert bench.stripe.refunds_of(reference) == ()
        reversals, state = bench.simulator.reversals, bench.simulator.state
        for cents in ("84", "100"):
            reversals.refund(Form({"payment_intent": reference, "amount": cents}))
        reversals.fail_refund(next(iter(state.refunds.values())))

        refunds = bench.stripe.refunds_of(reference)

    assert sorted((refund.cents, refund.is_live) for refund in refunds) == [(84, False), (100, True)]


def test_a_customer_that_was_deleted_or_never_was_is_not_there(tmp_path: Path) -> None:
    with stripe_bench(tmp_path) as bench:
        assert bench.stripe.has_customer(bench.customer_id)
        card = bench.card()
        bench.simulator.customers.delete(bench.simulator.state.customers[bench.customer_id])

        assert not bench.stripe.has_customer(bench.customer_id)
        assert not bench.stripe.has_customer("cus_of_nobody")
        with pytest.raises(Refused) as refusal:
            bench.stripe.charge(bench.order(card), key=KEY)
        assert refusal.value.code == "resource_missing"
