"""Charges that wait for their person, and methods that change meanwhile: one charge is finished, never a second one."""

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeBench
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


def waiting(bench: ChargeBench) -> tuple[str, CardCharge]:
    """Return a person whose charge waits for them."""
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.deliver()
    assert bench.attempts(owner) == ["requires_authentication"]
    return owner, charge


def another_card(bench: ChargeBench, owner: str, kind: CardKind = CardKind.OK) -> str:
    """Give another card and choose it, an hour later."""
    bench.clock.pass_by(HOUR)
    method = bench.give_card(owner, kind)
    bench.methods.activate(owner, method.method_id)
    return method.method_id


def test_the_charge_that_waits_is_finished_and_its_webhook_pays_the_invoice() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)

    _, secret, _ = bench.pay(owner)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()

    assert secret == charge.client_secret
    assert bench.statuses(owner) == ["succeeded"]
    assert_paid_once(bench, owner)


def test_a_finished_charge_is_found_by_the_next_step_when_its_webhook_is_lost() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    bench.run_days(owner, 1, webhooks=False)

    assert_paid_once(bench, owner)


def test_steps_that_find_a_charge_waiting_make_no_other_and_tell_nothing() -> None:
    bench = ChargeBench()
    owner, _ = waiting(bench)

    steps = [bench.run_days(owner, 1).dunning_attempts for _ in range(15)]

    assert steps == [2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5]
    assert bench.statuses(owner) == ["requires_action"]
    assert bench.event_counts(owner) == {"charge_action_required": 1, "billing_hold_set": 1}
    assert bench.invoice(owner).status is InvoiceStatus.UNCOLLECTIBLE
    assert_owed(bench, owner)


def test_a_charge_that_waited_to_the_end_can_still_be_finished_and_lifts_the_hold() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    bench.run_days(owner, 15)
    assert bench.account(owner).billing_hold

    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()

    assert not bench.account(owner).billing_hold
    assert_paid_once(bench, owner)


def test_a_step_is_counted_once_when_what_waited_fails() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)

    bench.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    bench.deliver()

    invoice = bench.invoice(owner)
    assert (bench.attempts(owner), invoice.dunning_attempts) == (["failed"], 1)
    assert bench.event_counts(owner) == {"charge_action_required": 1, "charge_failed": 1}
    assert_owed(bench, owner)


def test_what_failed_in_the_persons_hands_is_canceled_before_another_charge() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    bench.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    bench.deliver()

    bench.run_days(owner, 1)

    assert bench.statuses(owner) == ["canceled", "requires_action"]
    assert_ledger_agrees(bench, owner)


@pytest.mark.parametrize("status", [IntentStatus.SUCCEEDED, IntentStatus.PROCESSING])
def test_what_failed_and_was_finished_after_all_is_not_charged_again(status: IntentStatus) -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    bench.processor.move(charge.reference, IntentStatus.DECLINED, "payment_intent_authentication_failure")
    bench.deliver()
    bench.processor.move(charge.reference, status)

    bench.run_days(owner, 1, webhooks=False)
    assert bench.statuses(owner) == [status.value]
    if status is IntentStatus.PROCESSING:
        assert_owed(bench, owner)
        bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
        bench.run_days(owner, 1, webhooks=False)

    assert_paid_once(bench, owner)


def test_another_card_cancels_what_waits_and_is_charged() -> None:
    bench = ChargeBench()
    owner, _ = waiting(bench)

    another_card(bench, owner)
    bench.work()
    bench.deliver()

    assert bench.statuses(owner) == ["canceled", "succeeded"]
    assert [attempt.reason for attempt in bench.invoice(owner).attempts] == [SUPERSEDED, None]
    assert_paid_once(bench, owner)


def test_another_card_is_not_charged_when_what_waited_was_paid_meanwhile() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    another_card(bench, owner)
    bench.work()

    assert bench.statuses(owner) == ["succeeded"]
    assert_paid_once(bench, owner)


def test_another_card_is_not_charged_when_what_waited_is_paid_between_look_and_cancel() -> None:
    bench = ChargeBench()
    owner, charge = waiting(bench)
    another_card(bench, owner)

    def pay_first() -> None:
        bench.processor.before.clear()
        bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    bench.processor.before["cancel"] = pay_first

    bench.work()

    assert bench.statuses(owner) == ["succeeded"]
    assert_paid_once(bench, owner)


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_method_that_changes_while_an_attempt_is_unknown_waits_for_its_outcome(side: str) -> None:
    bench = ChargeBench()
    owner = bench.person()
    getattr(bench.processor, side)["charge"] = lost(2)
    bench.charges.dun(owner, PERIOD)
    bench.processor.before["find_charges"] = lost()

    another_card(bench, owner)
    bench.work()
    assert len(bench.attempts(owner)) == 1
    bench.run_until_paid(owner, webhooks=False)

    assert bench.statuses(owner) == ["succeeded"]
    assert_paid_once(bench, owner)


def test_a_method_that_changes_while_a_decline_is_unknown_is_charged_once_that_is_known() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)

    another_card(bench, owner)
    bench.work()

    assert bench.statuses(owner) == ["canceled", "succeeded"]
    assert_paid_once(bench, owner)


def test_cash_chosen_while_a_card_waits_cancels_first_and_never_runs_beside_it() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE, cash_cents=10_000)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)
    seen: list[str] = []
    bench.broker.before["take_fee"] = lambda: seen.extend(bench.statuses(owner))

    bench.choose_cash(owner)
    bench.work()
    bench.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert seen == bench.statuses(owner) == ["canceled"]
    assert_paid_once(bench, owner)


def test_a_card_cannot_be_removed_while_it_is_charged_and_is_not_charged_once_it_is() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    (method,) = bench.billing(owner).methods
    with pytest.raises(Conflict, match="charged"):
        bench.methods.remove(owner, method.method_id)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.DECLINED, "generic_decline")
    bench.deliver()

    bench.methods.remove(owner, method.method_id)
    bench.run_days(owner, 1)

    assert [attempt.reason for attempt in bench.invoice(owner).attempts] == ["generic_decline", "no_payment_method"]
    assert_owed(bench, owner)


@pytest.mark.parametrize("what", ["gone", "disputed"])
def test_a_card_that_is_gone_or_disputed_is_charged_no_more(what: str) -> None:
    bench = ChargeBench()
    owner = bench.person(periods=(PERIOD, "2013-03"))
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    gone: dict[str, object] = {"id": bench.billing(owner).methods[0].reference, "customer": f"cus_{owner}"}
    if what == "gone":
        event = bench.processor.emit("payment_method.detached", gone)
    else:
        event = bench.processor.contest(charge, "created", DisputeState.NEEDS_RESPONSE)
    bench.deliver([event])

    bench.clock.pass_by(31 * DAY)
    bench.charges.dun(owner, "2013-03")
    bench.charges.on_new_method(owner, "2013-03")

    assert bench.statuses(owner, "2013-03") == []
    assert bench.attempts(owner, "2013-03") == ["failed"]
    with pytest.raises(Conflict):
        bench.pay(owner, period="2013-03")
    assert bench.invoice(owner).status is InvoiceStatus.PAID
