"""Charges that stay pending: after five look-ups or three days a person sees them; they are followed all the while."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeBench
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_paid_once
from tests.support.funding import always, lost
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.ledger.models import Account
from trading.platform.errors import Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")


def run_hours(bench: ChargeBench, owner: str, hours: int) -> None:
    """Have the resolver look each quarter of an hour at what is due."""
    for _ in range(4 * hours):
        bench.clock.pass_by(timedelta(minutes=15))
        bench.charges.resume(owner, PERIOD)


def test_a_charge_that_is_processed_for_three_days_is_shown_to_a_person_and_still_followed() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.step(owner, PERIOD)
    run_hours(bench, owner, 70)
    assert bench.told(owner)["outcome_needs_person"] == 0

    run_hours(bench, owner, 100)

    (attempt,) = bench.invoice(owner).attempts
    assert (attempt.needs_person, bench.told(owner)["outcome_needs_person"]) == (True, 1)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    run_hours(bench, owner, 25)
    assert not bench.invoice(owner).attempts[0].needs_person
    assert_paid_once(bench, owner)


def test_cash_is_not_held_in_silence() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.woken.clear()
    bench.charges.step(owner, PERIOD)

    run_hours(bench, owner, 80)

    assert bench.account(owner).balance(Account.FEES_RESERVED) == CENTS
    assert bench.told(owner)["outcome_needs_person"] == 1
    bench.tell_cash(owner, PaymentStatus.SUCCESSFUL)
    assert_paid_once(bench, owner)


@pytest.mark.parametrize("error", [Unavailable(), Refused(code="not_found")])
def test_a_look_up_that_fails_counts(error: Exception) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.step(owner, PERIOD)
    bench.processor.before["charge_of"] = always(error)

    run_hours(bench, owner, 80)

    assert bench.told(owner)["outcome_needs_person"] == 1
    assert bench.invoice(owner).attempts[0].looks >= 3


def test_a_lost_answer_needs_a_person_after_five_look_ups() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.after["charge"] = lost()
    bench.charges.step(owner, PERIOD)
    bench.processor.before.update(charge=always(Unavailable()), find_charges=always(Unavailable()))

    run_hours(bench, owner, 50)

    assert (bench.told(owner)["outcome_needs_person"], bench.invoice(owner).attempts[0].looks) == (1, 5)


def test_events_that_say_nothing_new_do_not_put_the_look_off() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.step(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)

    for _ in range(80):
        bench.clock.pass_by(HOUR)
        bench.deliver([bench.processor.tell("payment_intent.processing", {"id": charge.reference})])
        bench.charges.resume(owner, PERIOD)

    assert bench.told(owner)["outcome_needs_person"] == 1
    assert bench.clock.now() - bench.invoice(owner).attempts[0].started_at > 3 * DAY
