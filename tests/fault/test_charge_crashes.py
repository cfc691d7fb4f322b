"""A process may die before and after every request of a charge: the card is charged once, nothing is stuck."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from tests.support.charging import HOUR, PERIOD, ChargeBench
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once
from tests.support.crashes import Crashes
from tests.support.funding import lost
from trading.billing.disputes.models import DisputeState
from trading.billing.models import StripeEvent
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus

pytestmark = pytest.mark.usefixtures("aws")

Scene = Callable[[ChargeBench], tuple[str, Callable[[], object]]]
"""Prepares a person, and returns them with the step that dies."""


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


def new_bench(crashes: Crashes) -> ChargeBench:
    bench = ChargeBench()
    bench.processor.visit = bench.broker.visit = crashes.visit
    return bench


def by_step(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person()
    return owner, lambda: bench.charges.dun(owner, PERIOD)


def by_paying(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person()
    return owner, lambda: bench.pay(owner)


def by_another_card(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)
    second = bench.give_card(owner, CardKind.OK)

    def switch() -> None:
        bench.methods.activate(owner, second.method_id)
        bench.work()

    return owner, switch


def by_another_card_while_one_waits(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)
    second = bench.give_card(owner, CardKind.OK)
    bench.methods.activate(owner, second.method_id)
    return owner, bench.work


def by_resolver(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person()
    bench.processor.before["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(timedelta(minutes=2))
    return owner, lambda: bench.charges.resume(owner, PERIOD)


def by_resolver_of_a_lost_answer(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person()
    bench.processor.after["charge"] = lost()
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(timedelta(minutes=2))
    return owner, lambda: bench.charges.resume(owner, PERIOD)


def by_webhook(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.events.clear()
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    event = bench.processor.events[-1]
    return owner, lambda: bench.events.apply(event)


def by_another_card_when_the_one_that_waits_is_paid(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner, work = by_another_card_while_one_waits(bench)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.processor.events.clear()
    return owner, work


def by_the_word_of_a_person_who_confirmed(bench: ChargeBench) -> tuple[str, Callable[[], object]]:
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.pay(owner)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.events.clear()
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    event = bench.processor.events[-1]
    return owner, lambda: bench.events.apply(event)


SCENES = [
    by_step,
    by_paying,
    by_another_card,
    by_another_card_while_one_waits,
    by_resolver,
    by_resolver_of_a_lost_answer,
    by_webhook,
    by_another_card_when_the_one_that_waits_is_paid,
    by_the_word_of_a_person_who_confirmed,
]


@pytest.mark.parametrize(("later", "webhooks"), [(HOUR, True), (25 * HOUR, False)], ids=["1h-event", "25h-no-event"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_charge_that_died_anywhere_is_made_once(
    crashes: Crashes, scene: Scene, later: timedelta, *, webhooks: bool
) -> None:
    bench = new_bench(crashes)
    places = crashes.count(scene(bench)[1])
    assert places >= 6

    for place in range(1, places + 1):
        bench = new_bench(crashes)
        owner, step = scene(bench)
        crashes.die_at(place, step)
        bench.pass_on(owner, later)
        if scene is by_another_card:
            step()  # as the app asks again whose answer was lost
        bench.run_until_paid(owner, webhooks=webhooks)

        assert_paid_once(bench, owner)


@pytest.mark.parametrize("later", [HOUR, 25 * HOUR], ids=["1h", "25h"])
def test_a_declined_charge_that_died_anywhere_leaves_the_invoice_chargeable(crashes: Crashes, later: timedelta) -> None:
    bench = new_bench(crashes)
    rehearsal = bench.person(CardKind.DECLINE)
    places = crashes.count(lambda: bench.charges.dun(rehearsal, PERIOD))
    assert places >= 8

    for place in range(1, places + 1):
        bench = new_bench(crashes)
        owner = bench.person(CardKind.DECLINE)
        crashes.die_at(place, partial(bench.charges.dun, owner, PERIOD))
        bench.pass_on(owner, later)
        assert_owed(bench, owner)
        bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
        bench.work()

        assert_paid_once(bench, owner)


@pytest.mark.parametrize(("later", "is_reported"), [(HOUR, True), (25 * HOUR, False)], ids=["1h-event", "25h-no-event"])
@pytest.mark.parametrize("status", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED])
def test_a_fee_from_cash_that_died_anywhere_is_taken_once(
    crashes: Crashes, later: timedelta, status: PaymentStatus, *, is_reported: bool
) -> None:
    def person(bench: ChargeBench) -> str:
        owner = bench.person(None, cash_cents=10_000)
        bench.choose_cash(owner)
        bench.queued.clear()
        return owner

    bench = new_bench(crashes)
    rehearsal = person(bench)
    places = crashes.count(lambda: bench.charges.dun(rehearsal, PERIOD))
    assert places >= 8

    for place in range(1, places + 1):
        bench = new_bench(crashes)
        owner = person(bench)
        crashes.die_at(place, partial(bench.charges.dun, owner, PERIOD))
        bench.pass_on(owner, later)
        settle_cash(bench, owner, status, is_reported=is_reported)
        assert_ledger_agrees(bench, owner)
        assert len(bench.redemptions(owner)) == 1
        if status is PaymentStatus.FAILED:
            assert_owed(bench, owner)
            bench.run_days(owner, 1)
            settle_cash(bench, owner, PaymentStatus.SUCCESSFUL, is_reported=is_reported)

        assert_paid_once(bench, owner)


def settle_cash(bench: ChargeBench, owner: str, status: PaymentStatus, *, is_reported: bool) -> None:
    """Have the broker settle what waits, with an event or without one."""
    if is_reported:
        bench.report_cash(owner, status)
        return
    waiting = [redemption for redemption in bench.redemptions(owner) if redemption.status is PaymentStatus.APPROVED]
    for payment in waiting:
        bench.broker.move(payment.payment_id, status)
    bench.clock.pass_by(25 * HOUR)
    bench.charges.resume(owner, PERIOD)


@pytest.mark.parametrize("what", ["dispute", "lost", "refund"])
def test_a_reversal_that_died_anywhere_is_recorded_once(crashes: Crashes, what: str) -> None:
    def paid(bench: ChargeBench) -> tuple[str, StripeEvent]:
        owner = bench.person()
        bench.charges.dun(owner, PERIOD)
        (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
        if what == "refund":
            return owner, bench.processor.refund(charge, 84)
        if what == "dispute":
            return owner, bench.processor.contest(charge, "created", DisputeState.NEEDS_RESPONSE)
        return owner, bench.processor.contest(charge, "closed", DisputeState.LOST, charge.cents)

    bench = new_bench(crashes)
    _, event = paid(bench)
    places = crashes.count(lambda: bench.events.apply(event))
    assert places >= 6

    for place in range(1, places + 1):
        bench = new_bench(crashes)
        owner, event = paid(bench)
        crashes.die_at(place, partial(bench.events.apply, event))
        bench.events.apply(event)
        bench.events.apply(event)

        (attempt,) = bench.invoice(owner).attempts
        assert (attempt.is_disputed, attempt.refunded_cents) == ((False, 84) if what == "refund" else (True, 0))
        assert (bench.billing(owner).active_method is None) is (what != "refund")
        if what == "lost":
            assert (bench.invoice(owner).owed_cents, bench.account(owner).billing_hold) == (attempt.cents, True)
            assert_ledger_agrees(bench, owner)
        else:
            assert_paid_once(bench, owner)


def test_a_session_that_died_anywhere_leads_to_one_card(crashes: Crashes) -> None:
    bench = new_bench(crashes)

    def visited(bench: ChargeBench) -> tuple[str, StripeEvent]:
        owner = bench.person(None)
        made = bench.methods.begin(owner, "https://app.example.com/", "https://app.example.com/")
        about: dict[str, object] = {"id": made.session_id, "mode": "setup", "metadata": {"profile_id": owner}}
        return owner, bench.processor.emit("checkout.session.completed", about)

    _, event = visited(bench)
    places = crashes.count(lambda: bench.events.apply(event))

    for place in range(1, places + 1):
        owner, event = visited(bench)
        crashes.die_at(place, partial(bench.events.apply, event))
        bench.events.apply(event)
        bench.events.apply(event)
        bench.work()
        bench.run_until_paid(owner)

        (method,) = bench.billing(owner).methods
        assert method == bench.billing(owner).active_method
        assert_paid_once(bench, owner)
