"""Charges whose answers are lost, refused or spoilt: the truth is found out, nothing is charged twice."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeBench
from tests.support.charging_fakes import KEYS_KEPT, CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once
from tests.support.funding import always, lost
from trading.billing.charging.service import NEVER_ARRIVED
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

MINUTE = timedelta(minutes=1)
Ask = Callable[[ChargeBench, str], object]


def reasons(bench: ChargeBench, owner: str) -> list[str | None]:
    return [attempt.reason for attempt in bench.invoice(owner).attempts]


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_is_found_out(side: str) -> None:
    asks: list[Ask] = [ChargeBench.pay, lambda bench, owner: bench.charges.dun(owner, PERIOD)]
    for ask, later in product(asks, [2 * MINUTE, HOUR, 22 * HOUR, 25 * HOUR]):
        bench = ChargeBench()
        owner = bench.person()
        getattr(bench.processor, side)["charge"] = lost()

        ask(bench, owner)
        assert bench.attempts(owner) == ["pending"]
        bench.pass_on(owner, later)
        bench.run_until_paid(owner, webhooks=False)

        assert_paid_once(bench, owner)


@pytest.mark.parametrize("acts", [True, False])
def test_a_failure_kept_under_the_key_is_seen_through_later(*, acts: bool) -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.breaks, bench.processor.acts_and_breaks = 1, acts

    bench.charges.dun(owner, PERIOD)
    bench.pass_on(owner, 2 * MINUTE)

    assert bench.attempts(owner) == ["success" if acts else "pending"]
    bench.run_until_paid(owner, webhooks=False)
    assert_paid_once(bench, owner)
    assert reasons(bench, owner) == ([None] if acts else [NEVER_ARRIVED, None])


def test_a_failure_under_the_key_is_not_hammered() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.breaks = 1
    bench.charges.dun(owner, PERIOD)

    for _ in range(22 * 6):
        bench.clock.pass_by(10 * MINUTE)
        bench.charges.resume(owner, PERIOD)

    assert bench.processor.calls["charge"] == 4


def test_a_resend_whose_answer_is_lost_at_the_last_moment_is_not_taken_for_nothing() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.before["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(23 * HOUR - MINUTE / 2)
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    assert bench.statuses(owner) == ["succeeded"]

    bench.clock.pass_by(MINUTE * 3 / 4)  # by now the key is not used again, and the search does not know the charge
    bench.charges.dun(owner, PERIOD)

    assert bench.attempts(owner) == ["pending"]
    bench.run_until_paid(owner, webhooks=False)
    assert_paid_once(bench, owner)


def test_nothing_is_sent_once_the_key_may_be_forgotten() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.processor.before["find_charges"] = always(Unavailable())

    for _ in range(3):
        bench.pass_on(owner, KEYS_KEPT)

    assert bench.statuses(owner) == ["succeeded"]
    assert bench.attempts(owner) == ["pending"]
    bench.processor.before.clear()
    bench.run_until_paid(owner, webhooks=False)
    assert_paid_once(bench, owner)


def test_a_search_that_lags_is_not_taken_for_how_a_charge_stands() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.clock.pass_by(2 * HOUR)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    bench.charges.resume(owner, PERIOD)

    assert_paid_once(bench, owner)


def test_what_nobody_can_find_out_is_told_and_found_later() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.after["charge"] = lost()
    bench.processor.before["find_charges"] = always(Unavailable())
    bench.charges.dun(owner, PERIOD)
    bench.processor.before["charge"] = always(Unavailable())

    for span in LOOKUP_DELAYS:
        bench.clock.pass_by(span)
        bench.charges.resume(owner, PERIOD)

    assert bench.event_counts(owner)["outcome_needs_person"] == 1
    assert bench.invoice(owner).lookup_at == bench.clock.now() + DAY
    bench.processor.before.clear()
    bench.charges.dun(owner, PERIOD)
    assert_paid_once(bench, owner)


@pytest.mark.parametrize("error", [Refused(code="amount_too_small"), Refused(code="payment_method_unexpected_state")])
def test_a_refusal_is_a_failed_step(error: Refused) -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.before["charge"] = always(error)

    bench.charges.dun(owner, PERIOD)

    assert (bench.attempts(owner), reasons(bench, owner)) == (["failed"], [error.code])
    assert bench.billing(owner).charging == {}
    assert_owed(bench, owner)
    bench.processor.before.clear()
    bench.run_until_paid(owner)
    assert_paid_once(bench, owner)


def test_what_did_not_arrive_is_sent_again_under_the_same_key() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.processor.before["charge"] = always(Unavailable())
    bench.charges.dun(owner, PERIOD)
    bench.pass_on(owner, 2 * MINUTE)
    bench.processor.before.clear()

    bench.run_until_paid(owner)

    assert_paid_once(bench, owner)
    assert list(bench.processor.keys) == [bench.invoice(owner).key(1)]


@pytest.mark.parametrize(("error", "side"), [(Unavailable(), "before"), (OutcomeUnknown(), "after")])
def test_no_other_charge_begins_while_it_is_not_known_whether_the_last_was_canceled(
    error: Exception, side: str
) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(DAY)
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    getattr(bench.processor, side)["cancel"] = always(error)

    with pytest.raises(type(error)):
        bench.work()

    assert bench.attempts(owner) == ["failed"]
    getattr(bench.processor, side).clear()
    bench.work()
    assert bench.statuses(owner) == ["canceled", "succeeded"]
    assert_paid_once(bench, owner)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("later", [2 * MINUTE, 25 * HOUR, 97 * HOUR], ids=str)
def test_a_lost_answer_about_cash_is_found_out(side: str, later: timedelta) -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    getattr(bench.broker, side)["take_fee"] = lost()

    bench.charges.dun(owner, PERIOD)
    assert_ledger_agrees(bench, owner)
    bench.pass_on(owner, later)
    bench.pass_on(owner, DAY)
    bench.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert len(bench.redemptions(owner)) == 1
    assert_paid_once(bench, owner)


def test_a_redemption_that_succeeds_after_it_failed_is_paid_from_cash() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.charges.dun(owner, PERIOD)
    (payment,) = bench.redemptions(owner)
    bench.report_cash(owner, PaymentStatus.FAILED)

    bench.fees.apply_event("late", bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))

    assert bench.account(owner).cash_cents == 10_000 - 184
    assert_paid_once(bench, owner)


def test_an_invoice_that_is_paid_late_asks_for_nothing_more() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    cash = bench.choose_cash(owner)
    bench.queued.clear()
    bench.charges.dun(owner, PERIOD)
    (payment,) = bench.redemptions(owner)
    bench.report_cash(owner, PaymentStatus.FAILED)
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    bench.processor.before["charge"] = always(Unavailable())
    bench.work()
    assert bench.attempts(owner) == ["failed", "pending"]

    bench.fees.apply_event("late", bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))
    bench.processor.before.clear()
    bench.run_days(owner, 4)

    assert (bench.attempts(owner), bench.statuses(owner)) == (["success", "failed"], [])
    assert_paid_once(bench, owner)
    assert cash.method_id not in bench.billing(owner).charging.values()
