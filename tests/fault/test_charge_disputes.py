"""Disputes and refunds to their end: whatever order their events come in, ledger and invoice are where the money is."""

from collections.abc import Callable
from itertools import permutations

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, disputes_of, entries_of_fees
from trading.billing.disputes.models import DisputeState, Place
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.models import StripeEvent
from trading.billing.ports import CardCharge, IntentStatus
from trading.brokerage.models import PaymentStatus

pytestmark = pytest.mark.usefixtures("aws")

State = DisputeState
Scene = tuple[ChargeHarness, str, CardCharge]


def paid(kind: CardKind = CardKind.OK) -> Scene:
    """Return a person who paid by card."""
    harness = ChargeHarness()
    owner = harness.person(kind)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.events.clear()
    return harness, owner, charge


def scenario_won(scene: Scene) -> list[StripeEvent]:
    harness, _, charge = scene
    return [
        harness.processor.contest(charge, "created", State.INQUIRY),
        harness.processor.contest(charge, "updated", State.NEEDS_RESPONSE),
        harness.processor.contest(charge, "funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
        harness.processor.contest(charge, "updated", State.UNDER_REVIEW, CENTS),
        harness.processor.contest(charge, "closed", State.WON, CENTS),
        harness.processor.contest(charge, "funds_reinstated", State.WON),
    ]


def scenario_lost(scene: Scene) -> list[StripeEvent]:
    harness, _, charge = scene
    return [
        harness.processor.contest(charge, "created", State.NEEDS_RESPONSE),
        harness.processor.contest(charge, "funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
        harness.processor.contest(charge, "closed", State.LOST, CENTS),
    ]


def assert_won(scene: Scene) -> None:
    harness, owner, _ = scene
    (dispute,) = disputes_of(harness, owner)
    assert (dispute.state, dispute.place, dispute.moved_cents) == (State.WON, Place.NONE, 0)
    assert harness.invoice(owner).status is InvoiceStatus.PAID
    assert harness.billing(owner).active_method is not None
    assert not harness.invoice(owner).attempts[0].is_disputed
    assert_ledger_agrees(harness, owner)


def assert_lost(scene: Scene) -> None:
    harness, owner, _ = scene
    (dispute,) = disputes_of(harness, owner)
    assert (dispute.state, dispute.place, dispute.moved_cents) == (State.LOST, Place.LOST, CENTS)
    invoice = harness.invoice(owner)
    assert (invoice.status, invoice.owed_cents) == (InvoiceStatus.UNCOLLECTIBLE, CENTS)
    assert (harness.billing(owner).owed, harness.account(owner).billing_hold) == ((PERIOD,), True)
    assert harness.billing(owner).active_method is None
    assert_ledger_agrees(harness, owner)


ENDS: list[tuple[Callable[[Scene], list[StripeEvent]], Callable[[Scene], None]]] = [
    (scenario_won, assert_won),
    (scenario_lost, assert_lost),
]


@pytest.mark.parametrize(("scenario", "holds"), ENDS, ids=["won", "lost"])
def test_each_event_moves_the_money_when_it_happens(
    scenario: Callable[[Scene], list[StripeEvent]], holds: Callable[[Scene], None]
) -> None:
    scene = paid()
    harness, owner, charge = scene
    places: list[Place] = []

    for name, state, cents in steps(scenario):
        harness.deliver([harness.processor.contest(charge, name, state, cents)])
        places.append(disputes_of(harness, owner)[0].place)
        assert_ledger_agrees(harness, owner)

    expected = {
        "won": [Place.NONE, Place.NONE, Place.HELD, Place.HELD, Place.HELD, Place.NONE],
        "lost": [Place.NONE, Place.HELD, Place.LOST],
    }
    assert places == expected["won" if scenario is scenario_won else "lost"]
    holds(scene)
    event_counts = harness.event_counts(owner)
    assert (event_counts["payment_disputed"], event_counts["dispute_closed"]) == (1, 1)


def steps(scenario: Callable[[Scene], list[StripeEvent]]) -> list[tuple[str, State, int]]:
    """Return what happens in a scenario."""
    if scenario is scenario_won:
        return [
            ("created", State.INQUIRY, 0),
            ("updated", State.NEEDS_RESPONSE, 0),
            ("funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
            ("updated", State.UNDER_REVIEW, CENTS),
            ("closed", State.WON, CENTS),
            ("funds_reinstated", State.WON, 0),
        ]
    return [
        ("created", State.NEEDS_RESPONSE, 0),
        ("funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
        ("closed", State.LOST, CENTS),
    ]


def test_a_lost_dispute_whose_events_come_in_any_order_and_twice_ends_the_same() -> None:
    for order in permutations(range(3)):
        scene = paid()
        events = scenario_lost(scene)

        scene[0].deliver(events[place] for place in order)
        scene[0].deliver(events)

        assert_lost(scene)
        assert scene[0].event_counts(scene[1])["payment_disputed"] == 1


def test_a_won_dispute_whose_events_come_late_and_shuffled_ends_the_same() -> None:
    for order in ((5, 4, 3, 2, 1, 0), (2, 0, 5, 1, 4, 3), (4, 4, 0, 0, 5, 5)):
        scene = paid()
        harness, owner, charge = scene
        harness.deliver([harness.processor.contest(charge, "funds_withdrawn", State.NEEDS_RESPONSE, CENTS)])
        assert disputes_of(harness, owner)[0].place is Place.HELD
        events = scenario_won(scene)

        harness.deliver(events[place] for place in order)

        assert_won(scene)


def test_an_inquiry_that_is_closed_moves_nothing_and_gives_the_card_back() -> None:
    scene = paid()
    harness, owner, charge = scene
    harness.deliver([harness.processor.contest(charge, "created", State.INQUIRY)])
    assert harness.billing(owner).active_method is None

    harness.deliver([harness.processor.contest(charge, "closed", State.CLOSED)])

    (dispute,) = disputes_of(harness, owner)
    assert (dispute.place, dispute.closed_at) == (Place.NONE, harness.clock.now())
    assert harness.billing(owner).active_method is not None
    assert harness.event_counts(owner)["charge_disputed"] == 1
    assert [
        entry.reference for entry in entries_of_fees(harness, owner) if str(entry.reference).startswith("du_")
    ] == []
    assert_ledger_agrees(harness, owner)


def test_operators_are_alarmed_each_time_it_gets_worse_and_see_the_deadline() -> None:
    scene = paid()
    harness, owner, charge = scene
    seen = []
    for name, state, cents in [
        ("created", State.INQUIRY, 0),
        ("updated", State.NEEDS_RESPONSE, 0),
        ("funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
        ("updated", State.NEEDS_RESPONSE, CENTS),
        ("closed", State.LOST, CENTS),
    ]:
        harness.clock.pass_by(HOUR)
        harness.deliver([harness.processor.contest(charge, name, state, cents)])
        seen.append(harness.event_counts(owner)["charge_disputed"])

    assert seen == [1, 2, 3, 3, 4]
    assert disputes_of(harness, owner)[0].evidence_due_at == harness.clock.now() + 7 * DAY


def test_a_status_that_nobody_knows_leaves_the_dispute_as_it_was() -> None:
    scene = paid()
    harness, owner, charge = scene
    harness.deliver([harness.processor.contest(charge, "funds_withdrawn", State.NEEDS_RESPONSE, CENTS)])

    harness.deliver([harness.processor.contest(charge, "updated", None, CENTS)])

    (dispute,) = disputes_of(harness, owner)
    assert (dispute.state, dispute.place) == (State.NEEDS_RESPONSE, Place.HELD)


def test_what_a_lost_dispute_took_back_can_be_paid_with_another_card() -> None:
    scene = paid()
    harness, owner, _ = scene
    harness.deliver(scenario_lost(scene))
    harness.clock.pass_by(DAY)

    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.work()

    invoice = harness.invoice(owner)
    assert (invoice.status, harness.account(owner).billing_hold) == (InvoiceStatus.PAID, False)
    assert [attempt.status.value for attempt in invoice.attempts] == ["success", "success"]
    assert_ledger_agrees(harness, owner)


@pytest.mark.parametrize("is_paid_again", [False, True])
def test_money_that_comes_back_after_a_lost_dispute_pays_or_is_a_credit(*, is_paid_again: bool) -> None:
    scene = paid()
    harness, owner, charge = scene
    harness.deliver(scenario_lost(scene))
    if is_paid_again:
        harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
        harness.work()

    harness.deliver([harness.processor.contest(charge, "funds_reinstated", State.WON)])

    assert harness.invoice(owner).status is InvoiceStatus.PAID
    assert sum(line.cents for line in harness.billing(owner).carried) == (-CENTS if is_paid_again else 0)
    assert harness.account(owner).billing_hold is False
    assert_ledger_agrees(harness, owner)


def paid_twice() -> Scene:
    """Return a person whose card paid what cash had paid, and the card's charge: a credit."""
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS, cash_cents=10_000)
    harness.clock.pass_by(HOUR)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.charges.dun(owner, PERIOD)
    harness.report_cash(owner, PaymentStatus.FAILED)
    (payment,) = harness.redemptions(owner)
    card = next(method for method in harness.billing(owner).methods if method.reference.startswith("pm_"))
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, card.method_id)
    harness.work()
    harness.fees.apply_event("late", harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()
    return harness, owner, charge


def test_a_dispute_of_what_was_not_owed_takes_the_credit_back_and_leaves_the_invoice_paid() -> None:
    scene = paid_twice()
    harness, owner, _ = scene
    assert sum(line.cents for line in harness.billing(owner).carried) == -CENTS

    harness.deliver(scenario_lost(scene))

    assert harness.invoice(owner).status is InvoiceStatus.PAID
    assert sum(line.cents for line in harness.billing(owner).carried) == 0
    assert_ledger_agrees(harness, owner)


def test_a_refund_of_what_was_not_owed_takes_the_credit_back_and_gives_it_again_when_it_fails() -> None:
    harness, owner, charge = paid_twice()

    harness.deliver([harness.processor.refund(charge, CENTS)])
    assert sum(line.cents for line in harness.billing(owner).carried) == 0
    assert_ledger_agrees(harness, owner)
    harness.deliver([harness.processor.refund(charge, CENTS, is_live=False)])

    assert sum(line.cents for line in harness.billing(owner).carried) == -CENTS
    assert_ledger_agrees(harness, owner)


def test_a_refund_that_failed_is_money_of_ours_again_and_told_once() -> None:
    harness, owner, charge = paid()
    back = harness.processor.refund(charge, 84)
    harness.deliver([back])
    assert harness.invoice(owner).attempts[0].refunded_cents == 84
    failed = harness.processor.refund(charge, 84, is_live=False)

    harness.deliver([failed, back, failed])

    assert harness.invoice(owner).attempts[0].refunded_cents == 0
    assert harness.event_counts(owner)["refund_failed"] == 1
    assert_ledger_agrees(harness, owner)


def test_two_disputes_of_a_card_give_it_back_with_the_last() -> None:
    harness, owner, charge = paid()
    harness.deliver(
        [harness.processor.contest(charge, "created", State.INQUIRY, name=name) for name in ("du_one", "du_two")]
    )

    harness.deliver([harness.processor.contest(charge, "closed", State.CLOSED, name="du_one")])
    assert harness.billing(owner).active_method is None
    harness.deliver([harness.processor.contest(charge, "closed", State.CLOSED, name="du_two")])

    assert harness.billing(owner).active_method is not None


def test_what_was_read_earlier_never_takes_the_place_of_what_was_read_later() -> None:
    scene = paid()
    harness, _, charge = scene
    early = harness.processor.contest(charge, "created", State.NEEDS_RESPONSE)

    def overtake() -> None:
        harness.processor.after.pop("dispute")
        harness.deliver(scenario_lost(scene))

    harness.processor.after["dispute"] = overtake
    harness.deliver([early])

    assert_lost(scene)
