"""Several runs of a charge at once, and messages that come twice: one charge, one step."""

import threading
from collections.abc import Callable

import pytest

from tests.support.charging import DAY, HOUR, PERIOD, ChargeBench
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
    bench = ChargeBench()
    owner = bench.person()

    at_once(*[lambda: bench.charges.dun(owner, PERIOD)] * RUNS)

    assert_paid_once(bench, owner)
    assert bench.statuses(owner) == ["succeeded"]


def test_five_parallel_runs_are_one_step_when_the_card_declines() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)

    at_once(*[lambda: bench.charges.dun(owner, PERIOD)] * RUNS)

    assert (bench.invoice(owner).dunning_attempts, bench.attempts(owner)) == (1, ["failed"])
    assert_owed(bench, owner)


def test_paying_a_step_and_a_webhook_at_once_charge_once() -> None:
    bench = ChargeBench()
    owner = bench.person()

    at_once(
        lambda: bench.pay(owner),
        lambda: bench.charges.dun(owner, PERIOD),
        bench.deliver,
        lambda: bench.charges.on_new_method(owner, PERIOD),
        lambda: bench.charges.resume(owner, PERIOD),
    )
    bench.run_days(owner, 1)

    assert_paid_once(bench, owner)
    assert bench.statuses(owner) == ["succeeded"]


def test_two_keys_of_paying_at_once_charge_once() -> None:
    bench = ChargeBench()
    owner = bench.person()

    at_once(lambda: bench.pay(owner, "the-first-key-of-two"), lambda: bench.pay(owner, "the-second-key-of-two"))

    assert_paid_once(bench, owner)
    assert bench.statuses(owner) == ["succeeded"]


@pytest.mark.parametrize("kind", list(CardKind))
def test_a_key_of_paying_that_comes_again_is_answered_alike(kind: CardKind) -> None:
    bench = ChargeBench()
    owner = bench.person(kind)
    first, secret, was_known = bench.pay(owner)

    again, same_secret, is_known = bench.pay(owner)

    assert (was_known, is_known) == (False, True)
    assert (first, secret) == (again, same_secret)
    assert len(bench.statuses(owner)) == 1


def test_a_key_that_met_a_waiting_charge_is_known_once_that_is_paid() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)
    _, secret, _ = bench.pay(owner)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()

    invoice, _, is_known = bench.pay(owner)

    assert secret == charge.client_secret
    assert (invoice.status, is_known) == (InvoiceStatus.PAID, True)
    with pytest.raises(Conflict):
        bench.pay(owner, "a-key-that-is-another")


def test_a_rival_that_begins_first_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = ChargeBench()
    owner = bench.person()
    cut_in(monkeypatch, lambda: bench.charges.dun(owner, PERIOD))

    bench.pay(owner)

    assert_paid_once(bench, owner)
    assert bench.statuses(owner) == ["succeeded"]


def test_a_message_that_comes_twice_is_one_step() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)

    bench.charges.dun(owner, PERIOD)
    bench.charges.dun(owner, PERIOD)

    assert (bench.invoice(owner).dunning_attempts, len(bench.statuses(owner))) == (1, 1)


def test_a_newly_active_method_is_tried_once_however_often_its_message_comes() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    second = bench.give_card(owner, CardKind.DECLINE)
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, second.method_id)

    bench.queued *= 3
    bench.work()

    assert len(bench.statuses(owner)) == 2
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, second.method_id)
    bench.work()
    assert len(bench.statuses(owner)) == 2  # once a day by itself
    bench.clock.pass_by(24 * HOUR)
    bench.methods.activate(owner, second.method_id)
    bench.work()
    assert len(bench.statuses(owner)) == 3
    assert (bench.invoice(owner).dunning_attempts, bench.event_counts(owner)["charge_failed"]) == (1, 3)


def test_a_step_that_finds_out_about_the_last_one_waits_for_its_own_day() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)

    bench.charges.dun(owner, PERIOD)

    assert (bench.invoice(owner).dunning_attempts, len(bench.statuses(owner))) == (1, 1)
    bench.clock.pass_by(DAY)
    bench.charges.dun(owner, PERIOD)
    assert (bench.invoice(owner).dunning_attempts, len(bench.statuses(owner))) == (2, 2)
