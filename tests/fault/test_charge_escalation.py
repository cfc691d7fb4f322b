"""Charges that stay pending: after five look-ups or three days a person sees them; they are followed all the while."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeBench
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


def run_hours(bench: ChargeBench, owner: str, hours: int) -> None:
    """Have the resolver look each quarter of an hour at what is due."""
    for _ in range(4 * hours):
        bench.clock.pass_by(timedelta(minutes=15))
        bench.charges.resume(owner, PERIOD)


def test_a_charge_that_is_processed_for_three_days_is_shown_to_a_person_and_still_followed() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    run_hours(bench, owner, 70)
    assert bench.event_counts(owner)["outcome_needs_person"] == 0

    run_hours(bench, owner, 100)

    (attempt,) = bench.invoice(owner).attempts
    assert (attempt.needs_person, bench.event_counts(owner)["outcome_needs_person"]) == (True, 1)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    run_hours(bench, owner, 25)
    assert not bench.invoice(owner).attempts[0].needs_person
    assert_paid_once(bench, owner)


def test_cash_is_not_held_in_silence() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.charges.dun(owner, PERIOD)

    run_hours(bench, owner, 80)

    assert bench.account(owner).balance(LedgerAccount.FEES_RESERVED) == CENTS
    assert bench.event_counts(owner)["outcome_needs_person"] == 1
    bench.report_cash(owner, PaymentStatus.SUCCESSFUL)
    assert_paid_once(bench, owner)


@pytest.mark.parametrize("error", [Unavailable(), Refused(code="not_found")])
def test_a_look_up_that_fails_counts(error: Exception) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    bench.processor.before["charge_of"] = always(error)

    run_hours(bench, owner, 80)

    assert bench.event_counts(owner)["outcome_needs_person"] == 1
    assert bench.invoice(owner).attempts[0].lookups >= 3


def test_a_lost_answer_needs_a_person_after_five_look_ups() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.processor.before.update(charge=always(Unavailable()), find_charges=always(Unavailable()))

    run_hours(bench, owner, 50)

    assert (bench.event_counts(owner)["outcome_needs_person"], bench.invoice(owner).attempts[0].lookups) == (1, 5)


def test_events_that_say_nothing_new_do_not_put_the_look_off() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)

    for _ in range(80):
        bench.clock.pass_by(HOUR)
        bench.deliver([bench.processor.emit("payment_intent.processing", {"id": charge.reference})])
        bench.charges.resume(owner, PERIOD)

    assert bench.event_counts(owner)["outcome_needs_person"] == 1
    assert bench.clock.now() - bench.invoice(owner).attempts[0].started_at > 3 * DAY


def escalated(kind: CardKind = CardKind.PROCESS, *, is_lost: bool = False) -> tuple[ChargeBench, str]:
    """Return a person whose charge is left to an operator: one that Stripe has, or whose answer got lost."""
    bench = ChargeBench()
    owner = bench.person(kind)
    if is_lost:
        bench.processor.before["charge"] = always(OutcomeUnknown())
        bench.processor.before["find_charges"] = always(Unavailable())
    bench.charges.dun(owner, PERIOD)
    run_hours(bench, owner, 75)
    bench.processor.before.clear()
    assert bench.invoice(owner).attempts[0].needs_person
    return bench, owner


def decide(bench: ChargeBench, owner: str, decision: Decision, reference: str | None = None) -> str:
    rails = Rails(CardRail(bench.processor), CashRail(bench.broker, lambda: bench.is_halted))
    service = ChargeUnknowns(bench.store, rails, bench.clock)
    return service.resolve(owner, f"invoice#{PERIOD}", decided(decision, reference))


def test_an_operator_sees_it_until_it_is_settled() -> None:
    bench, owner = escalated()
    (unknown,) = unknowns_of(owner)
    assert (unknown.kind, unknown.known["amount_cents"]) == (UnknownKind.CHARGE, CENTS)

    with pytest.raises(Conflict) as refusal:
        decide(bench, owner, Decision.NEVER_ARRIVED)
    assert refusal.value.code == "partner_knows_it"
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()

    assert unknowns_of(owner) == []
    with pytest.raises(Conflict) as refusal:
        decide(bench, owner, Decision.LOOK_AGAIN)
    assert refusal.value.code == "already_resolved"


def test_what_never_arrived_is_ended_and_the_next_charge_may_begin() -> None:
    bench, owner = escalated(CardKind.OK, is_lost=True)

    assert decide(bench, owner, Decision.NEVER_ARRIVED) == "failed"

    assert (bench.billing(owner).charging, unknowns_of(owner)) == ({}, [])
    bench.run_until_paid(owner)
    assert_paid_once(bench, owner)


def test_nothing_is_decided_while_stripe_cannot_be_asked() -> None:
    bench, owner = escalated(CardKind.OK, is_lost=True)
    bench.processor.before["find_charges"] = always(Unavailable())
    before = bench.invoice(owner)

    with pytest.raises(Unavailable):
        decide(bench, owner, Decision.NEVER_ARRIVED)

    assert bench.invoice(owner) == before


def test_what_arrived_is_believed_once_stripe_shows_it() -> None:
    bench, owner = escalated()
    other = bench.person()
    bench.charges.dun(other, PERIOD)
    (foreign,) = bench.processor.of(bench.invoice(other).invoice_id)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    for reference in (foreign.reference, "pi_of_nobody"):
        with pytest.raises(Conflict) as refusal:
            decide(bench, owner, Decision.ARRIVED, reference)
        assert refusal.value.code == "not_at_partner"
    with pytest.raises(InvalidRequest):
        decide(bench, owner, Decision.ARRIVED)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    assert decide(bench, owner, Decision.ARRIVED, charge.reference) == "success"

    assert_paid_once(bench, owner)


def test_what_is_looked_up_again_and_still_pending_alarms_again() -> None:
    bench, owner = escalated()

    assert decide(bench, owner, Decision.LOOK_AGAIN) == "pending"
    assert unknowns_of(owner) == []
    run_hours(bench, owner, 1)

    assert (len(unknowns_of(owner)), bench.event_counts(owner)["outcome_needs_person"]) == (1, 2)


def test_while_money_is_stopped_nothing_is_sent_and_then_it_goes_on() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.is_halted = True
    bench.charges.dun(owner, PERIOD)
    with pytest.raises(Conflict):
        bench.pay(owner)
    assert (bench.attempts(owner), bench.processor.calls["charge"]) == ([], 0)

    bench.is_halted = False
    bench.charges.dun(owner, PERIOD)

    assert_paid_once(bench, owner)


def held_fee(bench: ChargeBench) -> str:
    """Return a person whose fee waits for its advisor while money is stopped."""
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.broker.before["approve"] = always(Unavailable())
    bench.charges.dun(owner, PERIOD)
    bench.broker.before.clear()
    bench.is_halted = True
    return owner


def test_a_fee_from_cash_is_not_approved_while_money_is_stopped_and_by_itself_then() -> None:
    bench = ChargeBench()
    owner = held_fee(bench)
    (payment,) = bench.redemptions(owner)
    asked = bench.broker.calls["approve"]

    bench.fees.apply_event("waits", payment)
    run_hours(bench, owner, 30)
    (held,) = bench.redemptions(owner)
    assert (held.status, bench.attempts(owner)) == (PaymentStatus.AWAITING_ADVISOR, ["pending"])
    assert bench.broker.calls["approve"] == asked
    assert (unknowns_of(owner), bench.event_counts(owner)["outcome_needs_person"]) == ([], 0)
    bench.is_halted = False
    bench.clock.pass_by(HELD_FOR)
    bench.charges.resume(owner, PERIOD)

    (approved,) = bench.redemptions(owner)
    assert (approved.status, bench.broker.calls["approve"]) == (PaymentStatus.APPROVED, asked + 1)


def test_a_fee_that_nobody_wants_any_more_is_rejected_while_money_is_stopped() -> None:
    bench = ChargeBench()
    owner = held_fee(bench)
    (payment,) = bench.redemptions(owner)
    settlement = AttemptSettlement(bench.store, bench.clock)
    settlement.settle(bench.store.load(owner, PERIOD), 1, Known(AttemptStatus.FAILED))

    bench.fees.apply_event("waits", payment)

    assert [redemption.status for redemption in bench.redemptions(owner)] == [PaymentStatus.FAILED]


def test_a_card_that_became_active_while_money_is_stopped_is_tried_afterwards() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    bench.is_halted = True
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    with pytest.raises(Unavailable):
        bench.work()
    assert bench.attempts(owner) == ["failed"]

    bench.is_halted = False
    bench.work()

    assert_paid_once(bench, owner)


def test_a_step_that_was_held_back_for_days_is_not_counted_and_is_taken_anew() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.before["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.is_halted = True
    run_hours(bench, owner, 72)
    assert (bench.invoice(owner).dunning_attempts, bench.attempts(owner)) == (0, ["failed"])
    assert (bench.event_counts(owner)["charge_failed"], bench.event_counts(owner)["outcome_needs_person"]) == (0, 0)

    bench.is_halted = False
    bench.run_until_paid(owner)

    assert_paid_once(bench, owner)


def test_a_charge_that_was_written_and_not_sent_waits_for_the_end_of_a_stop() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.before["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.is_halted = True
    run_hours(bench, owner, 3)
    assert bench.processor.calls["charge"] == 1

    bench.is_halted = False
    bench.run_until_paid(owner)

    assert_paid_once(bench, owner)
