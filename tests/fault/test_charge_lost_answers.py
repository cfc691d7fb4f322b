"""Charges whose answers are lost, refused or spoilt: the truth is found out, nothing is charged twice."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeHarness
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
Ask = Callable[[ChargeHarness, str], object]


def reasons(harness: ChargeHarness, owner: str) -> list[str | None]:
    return [attempt.reason for attempt in harness.invoice(owner).attempts]


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_is_found_out(side: str) -> None:
    asks: list[Ask] = [ChargeHarness.pay, lambda harness, owner: harness.charges.dun(owner, PERIOD)]
    for ask, later in product(asks, [2 * MINUTE, HOUR, 22 * HOUR, 25 * HOUR]):
        harness = ChargeHarness()
        owner = harness.person()
        getattr(harness.processor, side)["charge"] = lost()

        ask(harness, owner)
        assert harness.attempts(owner) == ["pending"]
        harness.pass_on(owner, later)
        harness.run_until_paid(owner, webhooks=False)

        assert_paid_once(harness, owner)


@pytest.mark.parametrize("acts", [True, False])
def test_a_failure_kept_under_the_key_is_seen_through_later(*, acts: bool) -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.breaks, harness.processor.acts_and_breaks = 1, acts

    harness.charges.dun(owner, PERIOD)
    harness.pass_on(owner, 2 * MINUTE)

    assert harness.attempts(owner) == ["success" if acts else "pending"]
    harness.run_until_paid(owner, webhooks=False)
    assert_paid_once(harness, owner)
    assert reasons(harness, owner) == ([None] if acts else [NEVER_ARRIVED, None])


def test_a_failure_under_the_key_is_not_hammered() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.breaks = 1
    harness.charges.dun(owner, PERIOD)

    for _ in range(22 * 6):
        harness.clock.pass_by(10 * MINUTE)
        harness.charges.resume(owner, PERIOD)

    assert harness.processor.calls["charge"] == 4


def test_a_resend_whose_answer_is_lost_at_the_last_moment_is_not_taken_for_nothing() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.before["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(23 * HOUR - MINUTE / 2)
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    assert harness.statuses(owner) == ["succeeded"]

    harness.clock.pass_by(MINUTE * 3 / 4)  # by now the key is not used again, and the search does not know the charge
    harness.charges.dun(owner, PERIOD)

    assert harness.attempts(owner) == ["pending"]
    harness.run_until_paid(owner, webhooks=False)
    assert_paid_once(harness, owner)


def test_nothing_is_sent_once_the_key_may_be_forgotten() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.processor.before["find_charges"] = always(Unavailable())

    for _ in range(3):
        harness.pass_on(owner, KEYS_KEPT)

    assert harness.statuses(owner) == ["succeeded"]
    assert harness.attempts(owner) == ["pending"]
    harness.processor.before.clear()
    harness.run_until_paid(owner, webhooks=False)
    assert_paid_once(harness, owner)


def test_a_search_that_lags_is_not_taken_for_how_a_charge_stands() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.clock.pass_by(2 * HOUR)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    harness.charges.resume(owner, PERIOD)

    assert_paid_once(harness, owner)


def test_what_nobody_can_find_out_is_told_and_found_later() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.after["charge"] = lost()
    harness.processor.before["find_charges"] = always(Unavailable())
    harness.charges.dun(owner, PERIOD)
    harness.processor.before["charge"] = always(Unavailable())

    for span in LOOKUP_DELAYS:
        harness.clock.pass_by(span)
        harness.charges.resume(owner, PERIOD)

    assert harness.event_counts(owner)["outcome_needs_person"] == 1
    assert harness.invoice(owner).lookup_at == harness.clock.now() + DAY
    harness.processor.before.clear()
    harness.charges.dun(owner, PERIOD)
    assert_paid_once(harness, owner)


@pytest.mark.parametrize("error", [Refused(code="amount_too_small"), Refused(code="payment_method_unexpected_state")])
def test_a_refusal_is_a_failed_step(error: Refused) -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.before["charge"] = always(error)

    harness.charges.dun(owner, PERIOD)

    assert (harness.attempts(owner), reasons(harness, owner)) == (["failed"], [error.code])
    assert harness.billing(owner).charging == {}
    assert_owed(harness, owner)
    harness.processor.before.clear()
    harness.run_until_paid(owner)
    assert_paid_once(harness, owner)


def test_what_did_not_arrive_is_sent_again_under_the_same_key() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.processor.before["charge"] = always(Unavailable())
    harness.charges.dun(owner, PERIOD)
    harness.pass_on(owner, 2 * MINUTE)
    harness.processor.before.clear()

    harness.run_until_paid(owner)

    assert_paid_once(harness, owner)
    assert list(harness.processor.keys) == [harness.invoice(owner).key(1)]


@pytest.mark.parametrize(("error", "side"), [(Unavailable(), "before"), (OutcomeUnknown(), "after")])
def test_no_other_charge_begins_while_it_is_not_known_whether_the_last_was_canceled(
    error: Exception, side: str
) -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(DAY)
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    getattr(harness.processor, side)["cancel"] = always(error)

    with pytest.raises(type(error)):
        harness.work()

    assert harness.attempts(owner) == ["failed"]
    getattr(harness.processor, side).clear()
    harness.work()
    assert harness.statuses(owner) == ["canceled", "succeeded"]
    assert_paid_once(harness, owner)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("later", [2 * MINUTE, 25 * HOUR, 97 * HOUR], ids=str)
def test_a_lost_answer_about_cash_is_found_out(side: str, later: timedelta) -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    getattr(harness.broker, side)["take_fee"] = lost()

    harness.charges.dun(owner, PERIOD)
    assert_ledger_agrees(harness, owner)
    harness.pass_on(owner, later)
    harness.pass_on(owner, DAY)
    harness.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert len(harness.redemptions(owner)) == 1
    assert_paid_once(harness, owner)


def test_a_redemption_that_succeeds_after_it_failed_is_paid_from_cash() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.charges.dun(owner, PERIOD)
    (payment,) = harness.redemptions(owner)
    harness.report_cash(owner, PaymentStatus.FAILED)

    harness.fees.apply_event("late", harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))

    assert harness.account(owner).cash_cents == 10_000 - 184
    assert_paid_once(harness, owner)


def test_an_invoice_that_is_paid_late_asks_for_nothing_more() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=10_000)
    cash = harness.choose_cash(owner)
    harness.queued.clear()
    harness.charges.dun(owner, PERIOD)
    (payment,) = harness.redemptions(owner)
    harness.report_cash(owner, PaymentStatus.FAILED)
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.processor.before["charge"] = always(Unavailable())
    harness.work()
    assert harness.attempts(owner) == ["failed", "pending"]

    harness.fees.apply_event("late", harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))
    harness.processor.before.clear()
    harness.run_days(owner, 4)

    assert (harness.attempts(owner), harness.statuses(owner)) == (["success", "failed"], [])
    assert_paid_once(harness, owner)
    assert cash.method_id not in harness.billing(owner).charging.values()
