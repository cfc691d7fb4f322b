"""Several runs of a charge at once, and messages that come twice: one charge, one step."""

import threading
from collections.abc import Callable

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_owed, assert_paid_once
from tests.support.crashes import cut_in
from tests.support.funding import lost
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.ports import IntentStatus
from trading.platform.errors import Conflict, StaleRecord

pytestmark = pytest.mark.usefixtures("aws", "one_request_at_a_time")

RUNS = 5


def at_once(*runs: Callable[[], object]) -> None:
    """Run steps in threads that all begin together; a stale one comes again, as its message does."""
    gate = threading.Barrier(len(runs))

    def begin(run: Callable[[], object]) -> None:
        gate.wait(10)
        for _ in range(10):
            try:
                run()
            except StaleRecord:
                continue
            except Conflict:
                return
            return

    threads = [threading.Thread(target=begin, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_five_parallel_runs_charge_once() -> None:
    harness = ChargeHarness()
    owner = harness.person()

    at_once(*[lambda: harness.charges.dun(owner, PERIOD)] * RUNS)

    assert_paid_once(harness, owner)
    assert harness.statuses(owner) == ["succeeded"]


def test_five_parallel_runs_are_one_step_when_the_card_declines() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)

    at_once(*[lambda: harness.charges.dun(owner, PERIOD)] * RUNS)

    assert (harness.invoice(owner).dunning_attempts, harness.attempts(owner)) == (1, ["failed"])
    assert_owed(harness, owner)


def test_paying_a_step_and_a_webhook_at_once_charge_once() -> None:
    harness = ChargeHarness()
    owner = harness.person()

    at_once(
        lambda: harness.pay(owner),
        lambda: harness.charges.dun(owner, PERIOD),
        harness.deliver,
        lambda: harness.charges.on_new_method(owner, PERIOD),
        lambda: harness.charges.resume(owner, PERIOD),
    )
    harness.run_days(owner, 1)

    assert_paid_once(harness, owner)
    assert harness.statuses(owner) == ["succeeded"]


def test_two_keys_of_paying_at_once_charge_once() -> None:
    harness = ChargeHarness()
    owner = harness.person()

    at_once(lambda: harness.pay(owner, "the-first-key-of-two"), lambda: harness.pay(owner, "the-second-key-of-two"))

    assert_paid_once(harness, owner)
    assert harness.statuses(owner) == ["succeeded"]


@pytest.mark.parametrize("kind", list(CardKind))
def test_a_key_of_paying_that_comes_again_is_answered_alike(kind: CardKind) -> None:
    harness = ChargeHarness()
    owner = harness.person(kind)
    first, secret, was_known = harness.pay(owner)

    again, same_secret, is_known = harness.pay(owner)

    assert (was_known, is_known) == (False, True)
    assert (first, secret) == (again, same_secret)
    assert len(harness.statuses(owner)) == 1


def test_a_key_that_met_a_waiting_charge_is_known_once_that_is_paid() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    _, secret, _ = harness.pay(owner)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()

    invoice, _, is_known = harness.pay(owner)

    assert secret == charge.client_secret
    assert (invoice.status, is_known) == (InvoiceStatus.PAID, True)
    with pytest.raises(Conflict):
        harness.pay(owner, "a-key-that-is-another")


def test_a_rival_that_begins_first_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ChargeHarness()
    owner = harness.person()
    cut_in(monkeypatch, lambda: harness.charges.dun(owner, PERIOD))

    harness.pay(owner)

    assert_paid_once(harness, owner)
    assert harness.statuses(owner) == ["succeeded"]


def test_a_message_that_comes_twice_is_one_step() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)

    harness.charges.dun(owner, PERIOD)
    harness.charges.dun(owner, PERIOD)

    assert (harness.invoice(owner).dunning_attempts, len(harness.statuses(owner))) == (1, 1)


def test_a_newly_active_method_is_tried_once_however_often_its_message_comes() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    second = harness.give_card(owner, CardKind.DECLINE)
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, second.method_id)

    harness.queued *= 3
    harness.work()

    assert len(harness.statuses(owner)) == 2
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, second.method_id)
    harness.work()
    assert len(harness.statuses(owner)) == 2  # once a day by itself
    harness.clock.pass_by(24 * HOUR)
    harness.methods.activate(owner, second.method_id)
    harness.work()
    assert len(harness.statuses(owner)) == 3
    assert (harness.invoice(owner).dunning_attempts, harness.event_counts(owner)["charge_failed"]) == (1, 3)


def test_a_step_that_finds_out_about_the_last_one_waits_for_its_own_day() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)

    harness.charges.dun(owner, PERIOD)

    assert (harness.invoice(owner).dunning_attempts, len(harness.statuses(owner))) == (1, 1)
    harness.clock.pass_by(DAY)
    harness.charges.dun(owner, PERIOD)
    assert (harness.invoice(owner).dunning_attempts, len(harness.statuses(owner))) == (2, 2)
