"""Charges that stay pending: after five look-ups or three days a person sees them; they are followed all the while."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_paid_once
from tests.support.funding import always, lost
from tests.support.unknowns import decided, unknowns_of
from trading.billing.charging.outcomes import HELD_FOR, AttemptSettlement, Known
from trading.billing.charging.rails import CardRail, CashRail, Rails
from trading.billing.charging.unknowns import ChargeUnknowns
from trading.billing.invoices.models import AttemptStatus
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.ledger.models import LedgerAccount
from trading.platform.errors import Conflict, InvalidRequest, OutcomeUnknown, Refused, Unavailable
from trading.platform.unknowns import Decision, UnknownKind

pytestmark = pytest.mark.usefixtures("aws")


def run_hours(harness: ChargeHarness, owner: str, hours: int) -> None:
    """Have the resolver look each quarter of an hour at what is due."""
    for _ in range(4 * hours):
        harness.clock.pass_by(timedelta(minutes=15))
        harness.charges.resume(owner, PERIOD)


def test_a_charge_that_is_processed_for_three_days_is_shown_to_a_person_and_still_followed() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    run_hours(harness, owner, 70)
    assert harness.event_counts(owner)["outcome_needs_person"] == 0

    run_hours(harness, owner, 100)

    (attempt,) = harness.invoice(owner).attempts
    assert (attempt.needs_person, harness.event_counts(owner)["outcome_needs_person"]) == (True, 1)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    run_hours(harness, owner, 25)
    assert not harness.invoice(owner).attempts[0].needs_person
    assert_paid_once(harness, owner)


def test_cash_is_not_held_in_silence() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.charges.dun(owner, PERIOD)

    run_hours(harness, owner, 80)

    assert harness.account(owner).balance(LedgerAccount.FEES_RESERVED) == CENTS
    assert harness.event_counts(owner)["outcome_needs_person"] == 1
    harness.report_cash(owner, PaymentStatus.SUCCESSFUL)
    assert_paid_once(harness, owner)


@pytest.mark.parametrize("error", [Unavailable(), Refused(code="not_found")])
def test_a_look_up_that_fails_counts(error: Exception) -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    harness.processor.before["charge_of"] = always(error)

    run_hours(harness, owner, 80)

    assert harness.event_counts(owner)["outcome_needs_person"] == 1
    assert harness.invoice(owner).attempts[0].lookups >= 3


def test_a_lost_answer_needs_a_person_after_five_look_ups() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.processor.before.update(charge=always(Unavailable()), find_charges=always(Unavailable()))

    run_hours(harness, owner, 50)

    assert (harness.event_counts(owner)["outcome_needs_person"], harness.invoice(owner).attempts[0].lookups) == (1, 5)


def test_events_that_say_nothing_new_do_not_put_the_look_off() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)

    for _ in range(80):
        harness.clock.pass_by(HOUR)
        harness.deliver([harness.processor.emit("payment_intent.processing", {"id": charge.reference})])
        harness.charges.resume(owner, PERIOD)

    assert harness.event_counts(owner)["outcome_needs_person"] == 1
    assert harness.clock.now() - harness.invoice(owner).attempts[0].started_at > 3 * DAY


def escalated(kind: CardKind = CardKind.PROCESS, *, is_lost: bool = False) -> tuple[ChargeHarness, str]:
    """Return a person whose charge is left to an operator: one that Stripe has, or whose answer got lost."""
    harness = ChargeHarness()
    owner = harness.person(kind)
    if is_lost:
        harness.processor.before["charge"] = always(OutcomeUnknown())
        harness.processor.before["find_charges"] = always(Unavailable())
    harness.charges.dun(owner, PERIOD)
    run_hours(harness, owner, 75)
    harness.processor.before.clear()
    assert harness.invoice(owner).attempts[0].needs_person
    return harness, owner


def decide(harness: ChargeHarness, owner: str, decision: Decision, reference: str | None = None) -> str:
    rails = Rails(CardRail(harness.processor), CashRail(harness.broker, lambda: harness.is_halted))
    service = ChargeUnknowns(harness.store, rails, harness.clock)
    return service.resolve(owner, f"invoice#{PERIOD}", decided(decision, reference))


def test_an_operator_sees_it_until_it_is_settled() -> None:
    harness, owner = escalated()
    (unknown,) = unknowns_of(owner)
    assert (unknown.kind, unknown.known["amount_cents"]) == (UnknownKind.CHARGE, CENTS)

    with pytest.raises(Conflict) as refusal:
        decide(harness, owner, Decision.NEVER_ARRIVED)
    assert refusal.value.code == "partner_knows_it"
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()

    assert unknowns_of(owner) == []
    with pytest.raises(Conflict) as refusal:
        decide(harness, owner, Decision.LOOK_AGAIN)
    assert refusal.value.code == "already_resolved"


def test_what_never_arrived_is_ended_and_the_next_charge_may_begin() -> None:
    harness, owner = escalated(CardKind.OK, is_lost=True)

    assert decide(harness, owner, Decision.NEVER_ARRIVED) == "failed"

    assert (harness.billing(owner).charging, unknowns_of(owner)) == ({}, [])
    harness.run_until_paid(owner)
    assert_paid_once(harness, owner)


def test_nothing_is_decided_while_stripe_cannot_be_asked() -> None:
    harness, owner = escalated(CardKind.OK, is_lost=True)
    harness.processor.before["find_charges"] = always(Unavailable())
    before = harness.invoice(owner)

    with pytest.raises(Unavailable):
        decide(harness, owner, Decision.NEVER_ARRIVED)

    assert harness.invoice(owner) == before


def test_what_arrived_is_believed_once_stripe_shows_it() -> None:
    harness, owner = escalated()
    other = harness.person()
    harness.charges.dun(other, PERIOD)
    (foreign,) = harness.processor.of(harness.invoice(other).invoice_id)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    for reference in (foreign.reference, "pi_of_nobody"):
        with pytest.raises(Conflict) as refusal:
            decide(harness, owner, Decision.ARRIVED, reference)
        assert refusal.value.code == "not_at_partner"
    with pytest.raises(InvalidRequest):
        decide(harness, owner, Decision.ARRIVED)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    assert decide(harness, owner, Decision.ARRIVED, charge.reference) == "success"

    assert_paid_once(harness, owner)


def test_what_is_looked_up_again_and_still_pending_alarms_again() -> None:
    harness, owner = escalated()

    assert decide(harness, owner, Decision.LOOK_AGAIN) == "pending"
    assert unknowns_of(owner) == []
    run_hours(harness, owner, 1)

    assert (len(unknowns_of(owner)), harness.event_counts(owner)["outcome_needs_person"]) == (1, 2)


def test_while_money_is_stopped_nothing_is_sent_and_then_it_goes_on() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.is_halted = True
    harness.charges.dun(owner, PERIOD)
    with pytest.raises(Conflict):
        harness.pay(owner)
    assert (harness.attempts(owner), harness.processor.calls["charge"]) == ([], 0)

    harness.is_halted = False
    harness.charges.dun(owner, PERIOD)

    assert_paid_once(harness, owner)


def held_fee(harness: ChargeHarness) -> str:
    """Return a person whose fee waits for its advisor while money is stopped."""
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.broker.before["approve"] = always(Unavailable())
    harness.charges.dun(owner, PERIOD)
    harness.broker.before.clear()
    harness.is_halted = True
    return owner


def test_a_fee_from_cash_is_not_approved_while_money_is_stopped_and_by_itself_then() -> None:
    harness = ChargeHarness()
    owner = held_fee(harness)
    (payment,) = harness.redemptions(owner)
    asked = harness.broker.calls["approve"]

    harness.fees.apply_event("waits", payment)
    run_hours(harness, owner, 30)
    (held,) = harness.redemptions(owner)
    assert (held.status, harness.attempts(owner)) == (PaymentStatus.AWAITING_ADVISOR, ["pending"])
    assert harness.broker.calls["approve"] == asked
    assert (unknowns_of(owner), harness.event_counts(owner)["outcome_needs_person"]) == ([], 0)
    harness.is_halted = False
    harness.clock.pass_by(HELD_FOR)
    harness.charges.resume(owner, PERIOD)

    (approved,) = harness.redemptions(owner)
    assert (approved.status, harness.broker.calls["approve"]) == (PaymentStatus.APPROVED, asked + 1)


def test_a_fee_that_nobody_wants_any_more_is_rejected_while_money_is_stopped() -> None:
    harness = ChargeHarness()
    owner = held_fee(harness)
    (payment,) = harness.redemptions(owner)
    settlement = AttemptSettlement(harness.store, harness.clock)
    settlement.settle(harness.store.load(owner, PERIOD), 1, Known(AttemptStatus.FAILED))

    harness.fees.apply_event("waits", payment)

    assert [redemption.status for redemption in harness.redemptions(owner)] == [PaymentStatus.FAILED]


def test_a_card_that_became_active_while_money_is_stopped_is_tried_afterwards() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    harness.is_halted = True
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    with pytest.raises(Unavailable):
        harness.work()
    assert harness.attempts(owner) == ["failed"]

    harness.is_halted = False
    harness.work()

    assert_paid_once(harness, owner)


def test_a_step_that_was_held_back_for_days_is_not_counted_and_is_taken_anew() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.before["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.is_halted = True
    run_hours(harness, owner, 72)
    assert (harness.invoice(owner).dunning_attempts, harness.attempts(owner)) == (0, ["failed"])
    assert (harness.event_counts(owner)["charge_failed"], harness.event_counts(owner)["outcome_needs_person"]) == (0, 0)

    harness.is_halted = False
    harness.run_until_paid(owner)

    assert_paid_once(harness, owner)


def test_a_charge_that_was_written_and_not_sent_waits_for_the_end_of_a_stop() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.before["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.is_halted = True
    run_hours(harness, owner, 3)
    assert harness.processor.calls["charge"] == 1

    harness.is_halted = False
    harness.run_until_paid(owner)

    assert_paid_once(harness, owner)
