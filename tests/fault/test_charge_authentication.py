"""Charges that wait for their person, and methods that change meanwhile: one charge is finished, never a second one."""

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once
from tests.support.funding import lost
from trading.billing.charging.rails import SUPERSEDED
from trading.billing.disputes.models import DisputeState
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.ports import CardCharge, IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")


def waiting(harness: ChargeHarness) -> tuple[str, CardCharge]:
    """Return a person whose charge waits for them."""
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.deliver()
    assert harness.attempts(owner) == ["requires_authentication"]
    return owner, charge


def another_card(harness: ChargeHarness, owner: str, kind: CardKind = CardKind.OK) -> str:
    """Give another card and choose it, an hour later."""
    harness.clock.pass_by(HOUR)
    method = harness.give_card(owner, kind)
    harness.methods.activate(owner, method.method_id)
    return method.method_id


def test_the_charge_that_waits_is_finished_and_its_webhook_pays_the_invoice() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)

    _, secret, _ = harness.pay(owner)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()

    assert secret == charge.client_secret
    assert harness.statuses(owner) == ["succeeded"]
    assert_paid_once(harness, owner)


def test_a_finished_charge_is_found_by_the_next_step_when_its_webhook_is_lost() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    harness.run_days(owner, 1, webhooks=False)

    assert_paid_once(harness, owner)


def test_steps_that_find_a_charge_waiting_make_no_other_and_tell_nothing() -> None:
    harness = ChargeHarness()
    owner, _ = waiting(harness)

    steps = [harness.run_days(owner, 1).dunning_attempts for _ in range(15)]

    assert steps == [2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5]
    assert harness.statuses(owner) == ["requires_action"]
    assert harness.event_counts(owner) == {"charge_action_required": 1, "billing_hold_set": 1}
    assert harness.invoice(owner).status is InvoiceStatus.UNCOLLECTIBLE
    assert_owed(harness, owner)


def test_a_charge_that_waited_to_the_end_can_still_be_finished_and_lifts_the_hold() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    harness.run_days(owner, 15)
    assert harness.account(owner).billing_hold

    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()

    assert not harness.account(owner).billing_hold
    assert_paid_once(harness, owner)


def test_a_step_is_counted_once_when_what_waited_fails() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)

    harness.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    harness.deliver()

    invoice = harness.invoice(owner)
    assert (harness.attempts(owner), invoice.dunning_attempts) == (["failed"], 1)
    assert harness.event_counts(owner) == {"charge_action_required": 1, "charge_failed": 1}
    assert_owed(harness, owner)


def test_what_failed_in_the_persons_hands_is_canceled_before_another_charge() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    harness.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    harness.deliver()

    harness.run_days(owner, 1)

    assert harness.statuses(owner) == ["canceled", "requires_action"]
    assert_ledger_agrees(harness, owner)


@pytest.mark.parametrize("status", [IntentStatus.SUCCEEDED, IntentStatus.PROCESSING])
def test_what_failed_and_was_finished_after_all_is_not_charged_again(status: IntentStatus) -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    harness.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    harness.deliver()
    harness.processor.move(charge.reference, status)

    harness.run_days(owner, 1, webhooks=False)
    assert harness.statuses(owner) == [status.value]
    if status is IntentStatus.PROCESSING:
        assert_owed(harness, owner)
        harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
        harness.run_days(owner, 1, webhooks=False)

    assert_paid_once(harness, owner)


def test_another_card_cancels_what_waits_and_is_charged() -> None:
    harness = ChargeHarness()
    owner, _ = waiting(harness)

    another_card(harness, owner)
    harness.work()
    harness.deliver()

    assert harness.statuses(owner) == ["canceled", "succeeded"]
    assert [attempt.reason for attempt in harness.invoice(owner).attempts] == [SUPERSEDED, None]
    assert_paid_once(harness, owner)


def test_another_card_is_not_charged_when_what_waited_was_paid_meanwhile() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    another_card(harness, owner)
    harness.work()

    assert harness.statuses(owner) == ["succeeded"]
    assert_paid_once(harness, owner)


def test_another_card_is_not_charged_when_what_waited_is_paid_between_look_and_cancel() -> None:
    harness = ChargeHarness()
    owner, charge = waiting(harness)
    another_card(harness, owner)

    def pay_first() -> None:
        harness.processor.before.clear()
        harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    harness.processor.before["cancel"] = pay_first

    harness.work()

    assert harness.statuses(owner) == ["succeeded"]
    assert_paid_once(harness, owner)


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_method_that_changes_while_an_attempt_is_unknown_waits_for_its_outcome(side: str) -> None:
    harness = ChargeHarness()
    owner = harness.person()
    getattr(harness.processor, side)["charge"] = lost(2)
    harness.charges.dun(owner, PERIOD)
    harness.processor.before["find_charges"] = lost()

    another_card(harness, owner)
    harness.work()
    assert len(harness.attempts(owner)) == 1
    harness.run_until_paid(owner, webhooks=False)

    assert harness.statuses(owner) == ["succeeded"]
    assert_paid_once(harness, owner)


def test_a_method_that_changes_while_a_decline_is_unknown_is_charged_once_that_is_known() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)

    another_card(harness, owner)
    harness.work()

    assert harness.statuses(owner) == ["canceled", "succeeded"]
    assert_paid_once(harness, owner)


def test_cash_chosen_while_a_card_waits_cancels_first_and_never_runs_beside_it() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE, cash_cents=10_000)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)
    seen: list[str] = []
    harness.broker.before["take_fee"] = lambda: seen.extend(harness.statuses(owner))

    harness.choose_cash(owner)
    harness.work()
    harness.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert seen == harness.statuses(owner) == ["canceled"]
    assert_paid_once(harness, owner)


def test_a_card_cannot_be_removed_while_it_is_charged_and_is_not_charged_once_it_is() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (method,) = harness.billing(owner).methods
    with pytest.raises(Conflict, match="charged"):
        harness.methods.remove(owner, method.method_id)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.DECLINED, "generic_decline")
    harness.deliver()

    harness.methods.remove(owner, method.method_id)
    harness.run_days(owner, 1)

    assert [attempt.reason for attempt in harness.invoice(owner).attempts] == ["generic_decline", "no_payment_method"]
    assert_owed(harness, owner)


@pytest.mark.parametrize("what", ["gone", "disputed"])
def test_a_card_that_is_gone_or_disputed_is_charged_no_more(what: str) -> None:
    harness = ChargeHarness()
    owner = harness.person(periods=(PERIOD, "2013-03"))
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    gone: dict[str, object] = {"id": harness.billing(owner).methods[0].reference, "customer": f"cus_{owner}"}
    if what == "gone":
        event = harness.processor.emit("payment_method.detached", gone)
    else:
        event = harness.processor.contest(charge, "created", DisputeState.NEEDS_RESPONSE)
    harness.deliver([event])

    harness.clock.pass_by(31 * DAY)
    harness.charges.dun(owner, "2013-03")
    harness.charges.on_new_method(owner, "2013-03")

    assert harness.statuses(owner, "2013-03") == []
    assert harness.attempts(owner, "2013-03") == ["failed"]
    with pytest.raises(Conflict):
        harness.pay(owner, period="2013-03")
    assert harness.invoice(owner).status is InvoiceStatus.PAID
