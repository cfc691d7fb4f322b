"""Webhooks about charges that come twice, late and in any order: the same end, and nothing is refunded by us."""

import inspect
import random
import re
from itertools import permutations

import pytest

from tests.support.charging import CENTS, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_paid_once
from trading.billing.disputes.models import DisputeState
from trading.billing.models import StripeEvent
from trading.billing.ports import CardCharge, IntentStatus
from trading.partners.stripe.client import Stripe
from trading.platform.errors import Conflict, Refused

pytestmark = pytest.mark.usefixtures("aws")


def paid(harness: ChargeHarness) -> tuple[str, CardCharge]:
    """Return a person who paid, with what Stripe sent still to come."""
    owner = harness.person()
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    return owner, charge


def refunded(harness: ChargeHarness, charge: CardCharge, cents: int, name: str = "re_1") -> StripeEvent:
    return harness.processor.refund(charge, cents, name=name)


def disputed(harness: ChargeHarness, charge: CardCharge) -> StripeEvent:
    return harness.processor.contest(charge, "created", DisputeState.NEEDS_RESPONSE)


def test_events_in_any_order_and_doubled_lead_to_the_same_end() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.PROCESSING)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    events = [*harness.processor.events, *harness.processor.events]
    random.Random(7).shuffle(events)  # noqa: S311 - a seed, no secret

    harness.deliver(events)
    harness.deliver(reversed(events))

    assert {event.type for event in events} >= {"payment_intent.created", "payment_intent.processing"}
    assert_paid_once(harness, owner)


def test_a_dispute_and_refunds_in_any_order_are_recorded_once() -> None:
    for order in permutations(range(4)):
        harness = ChargeHarness()
        owner, charge = paid(harness)
        events = [
            refunded(harness, charge, 50),
            refunded(harness, charge, 34, "re_2"),
            disputed(harness, charge),
            harness.processor.emit("payment_intent.succeeded", {"id": charge.reference}),
        ]

        harness.deliver(events[position] for position in order)
        harness.deliver(events)

        (attempt,) = harness.invoice(owner).attempts
        assert (attempt.refunded_cents, attempt.is_disputed) == (84, True)
        assert harness.event_counts(owner)["charge_disputed"] == 1
        assert_paid_once(harness, owner)


def test_a_refund_that_comes_before_anything_else_brings_the_payment_with_it() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    harness.deliver([refunded(harness, charge, CENTS)])

    assert harness.invoice(owner).attempts[0].refunded_cents == CENTS
    assert_paid_once(harness, owner)


def test_a_webhook_that_comes_before_the_answer_is_written_pays_once() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.after["charge"] = harness.deliver

    harness.charges.dun(owner, PERIOD)

    assert_paid_once(harness, owner)


def test_a_disputed_card_is_charged_no_more_and_cannot_be_chosen() -> None:
    harness = ChargeHarness()
    owner, charge = paid(harness)
    card = harness.billing(owner).methods[0]

    harness.deliver([disputed(harness, charge)])

    assert harness.billing(owner).active_method is None
    with pytest.raises(Conflict):
        harness.methods.activate(owner, card.method_id)
    assert harness.statuses(owner) == ["succeeded"]


def test_a_second_dispute_says_nothing_new() -> None:
    harness = ChargeHarness()
    owner, charge = paid(harness)

    for _ in range(3):
        harness.clock.pass_by(HOUR)
        harness.deliver([disputed(harness, charge)])

    assert harness.event_counts(owner)["charge_disputed"] == 1


FOREIGN = [
    StripeEvent("evt_x1", "customer.subscription.trial_will_end", {"id": "sub_1"}),
    StripeEvent("evt_x2", "payment_intent.succeeded", {"id": "pi_of_somebody_else"}),
    StripeEvent("evt_x3", "payment_intent.succeeded", {}),
    StripeEvent("evt_x4", "charge.refunded", {"payment_intent": None, "amount_refunded": 5}),
    StripeEvent("evt_x5", "charge.dispute.created", {"payment_intent": "pi_of_somebody_else"}),
    StripeEvent("evt_x6", "charge.refunded", {"payment_intent": "pi_of_somebody_else", "amount_refunded": "5"}),
]


def test_events_that_are_none_of_ours_change_nothing() -> None:
    harness = ChargeHarness()
    owner, _ = paid(harness)
    before = harness.store.load(owner, PERIOD)

    for event in FOREIGN:
        harness.deliver([event])

        assert harness.store.load(owner, PERIOD) == before, event


def test_news_of_a_card_that_is_not_there_changes_nothing() -> None:
    harness = ChargeHarness()
    owner, _ = paid(harness)
    before, card = harness.store.load(owner), harness.billing(owner).methods[0]

    def refuse() -> None:
        raise Refused(code="not_found")

    harness.processor.before["card"] = refuse
    about: dict[str, object] = {"id": card.reference, "customer": f"cus_{owner}"}
    harness.deliver([harness.processor.emit("payment_method.updated", about)])

    assert harness.store.load(owner) == before


def test_a_refund_moves_what_was_paid_by_card_and_leaves_the_invoice_paid() -> None:
    harness = ChargeHarness()
    owner, charge = paid(harness)

    harness.deliver([refunded(harness, charge, CENTS)])
    harness.run_days(owner, 2)

    assert harness.billing(owner).receivable_cents == 0
    assert harness.statuses(owner) == ["succeeded"]
    assert_paid_once(harness, owner)


def test_we_cannot_refund_at_all() -> None:
    source = inspect.getsource(inspect.getmodule(Stripe) or Stripe)

    assert set(re.findall(r"refunds\.(\w+)", source)) == {"list"}
