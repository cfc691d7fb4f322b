"""A process may die before and after every request of a charge: the card is charged once, nothing is stuck."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from tests.support.charging import HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once
from tests.support.crashes import Crashes
from tests.support.funding import lost
from trading.billing.disputes.models import DisputeState
from trading.billing.models import StripeEvent
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus

pytestmark = pytest.mark.usefixtures("aws")

Scene = Callable[[ChargeHarness], tuple[str, Callable[[], object]]]
"""Prepares a person, and returns them with the step that dies."""


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


def new_harness(crashes: Crashes) -> ChargeHarness:
    harness = ChargeHarness()
    harness.processor.visit = harness.broker.visit = crashes.visit
    return harness


def by_step(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person()
    return owner, lambda: harness.charges.dun(owner, PERIOD)


def by_paying(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person()
    return owner, lambda: harness.pay(owner)


def by_another_card(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)
    second = harness.give_card(owner, CardKind.OK)

    def switch() -> None:
        harness.methods.activate(owner, second.method_id)
        harness.work()

    return owner, switch


def by_another_card_while_one_waits(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)
    second = harness.give_card(owner, CardKind.OK)
    harness.methods.activate(owner, second.method_id)
    return owner, harness.work


def by_resolver(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person()
    harness.processor.before["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(timedelta(minutes=2))
    return owner, lambda: harness.charges.resume(owner, PERIOD)


def by_resolver_of_a_lost_answer(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person()
    harness.processor.after["charge"] = lost()
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(timedelta(minutes=2))
    return owner, lambda: harness.charges.resume(owner, PERIOD)


def by_webhook(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.events.clear()
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    event = harness.processor.events[-1]
    return owner, lambda: harness.events.apply(event)


def by_another_card_when_the_one_that_waits_is_paid(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner, work = by_another_card_while_one_waits(harness)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.processor.events.clear()
    return owner, work


def by_the_word_of_a_person_who_confirmed(harness: ChargeHarness) -> tuple[str, Callable[[], object]]:
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.pay(owner)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.events.clear()
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    event = harness.processor.events[-1]
    return owner, lambda: harness.events.apply(event)


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
    harness = new_harness(crashes)
    places = crashes.count(scene(harness)[1])
    assert places >= 6

    for place in range(1, places + 1):
        harness = new_harness(crashes)
        owner, step = scene(harness)
        crashes.die_at(place, step)
        harness.pass_on(owner, later)
        if scene is by_another_card:
            step()  # as the app asks again whose answer was lost
        harness.run_until_paid(owner, webhooks=webhooks)

        assert_paid_once(harness, owner)


@pytest.mark.parametrize("later", [HOUR, 25 * HOUR], ids=["1h", "25h"])
def test_a_declined_charge_that_died_anywhere_leaves_the_invoice_chargeable(crashes: Crashes, later: timedelta) -> None:
    harness = new_harness(crashes)
    rehearsal = harness.person(CardKind.DECLINE)
    places = crashes.count(lambda: harness.charges.dun(rehearsal, PERIOD))
    assert places >= 8

    for place in range(1, places + 1):
        harness = new_harness(crashes)
        owner = harness.person(CardKind.DECLINE)
        crashes.die_at(place, partial(harness.charges.dun, owner, PERIOD))
        harness.pass_on(owner, later)
        assert_owed(harness, owner)
        harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
        harness.work()

        assert_paid_once(harness, owner)


@pytest.mark.parametrize(("later", "is_reported"), [(HOUR, True), (25 * HOUR, False)], ids=["1h-event", "25h-no-event"])
@pytest.mark.parametrize("status", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED])
def test_a_fee_from_cash_that_died_anywhere_is_taken_once(
    crashes: Crashes, later: timedelta, status: PaymentStatus, *, is_reported: bool
) -> None:
    def person(harness: ChargeHarness) -> str:
        owner = harness.person(None, cash_cents=10_000)
        harness.choose_cash(owner)
        harness.queued.clear()
        return owner

    harness = new_harness(crashes)
    rehearsal = person(harness)
    places = crashes.count(lambda: harness.charges.dun(rehearsal, PERIOD))
    assert places >= 8

    for place in range(1, places + 1):
        harness = new_harness(crashes)
        owner = person(harness)
        crashes.die_at(place, partial(harness.charges.dun, owner, PERIOD))
        harness.pass_on(owner, later)
        settle_cash(harness, owner, status, is_reported=is_reported)
        assert_ledger_agrees(harness, owner)
        assert len(harness.redemptions(owner)) == 1
        if status is PaymentStatus.FAILED:
            assert_owed(harness, owner)
            harness.run_days(owner, 1)
            settle_cash(harness, owner, PaymentStatus.SUCCESSFUL, is_reported=is_reported)

        assert_paid_once(harness, owner)


def settle_cash(harness: ChargeHarness, owner: str, status: PaymentStatus, *, is_reported: bool) -> None:
    """Have the broker settle what waits, with an event or without one."""
    if is_reported:
        harness.report_cash(owner, status)
        return
    waiting = [redemption for redemption in harness.redemptions(owner) if redemption.status is PaymentStatus.APPROVED]
    for payment in waiting:
        harness.broker.move(payment.payment_id, status)
    harness.clock.pass_by(25 * HOUR)
    harness.charges.resume(owner, PERIOD)


@pytest.mark.parametrize("what", ["dispute", "lost", "refund"])
def test_a_reversal_that_died_anywhere_is_recorded_once(crashes: Crashes, what: str) -> None:
    def paid(harness: ChargeHarness) -> tuple[str, StripeEvent]:
        owner = harness.person()
        harness.charges.dun(owner, PERIOD)
        (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
        if what == "refund":
            return owner, harness.processor.refund(charge, 84)
        if what == "dispute":
            return owner, harness.processor.contest(charge, "created", DisputeState.NEEDS_RESPONSE)
        return owner, harness.processor.contest(charge, "closed", DisputeState.LOST, charge.cents)

    harness = new_harness(crashes)
    _, event = paid(harness)
    places = crashes.count(lambda: harness.events.apply(event))
    assert places >= 6

    for place in range(1, places + 1):
        harness = new_harness(crashes)
        owner, event = paid(harness)
        crashes.die_at(place, partial(harness.events.apply, event))
        harness.events.apply(event)
        harness.events.apply(event)

        (attempt,) = harness.invoice(owner).attempts
        assert (attempt.is_disputed, attempt.refunded_cents) == ((False, 84) if what == "refund" else (True, 0))
        assert (harness.billing(owner).active_method is None) is (what != "refund")
        if what == "lost":
            assert (harness.invoice(owner).owed_cents, harness.account(owner).billing_hold) == (attempt.cents, True)
            assert_ledger_agrees(harness, owner)
        else:
            assert_paid_once(harness, owner)


def test_a_session_that_died_anywhere_leads_to_one_card(crashes: Crashes) -> None:
    harness = new_harness(crashes)

    def visited(harness: ChargeHarness) -> tuple[str, StripeEvent]:
        owner = harness.person(None)
        made = harness.methods.begin(owner, "https://app.example.com/", "https://app.example.com/")
        about: dict[str, object] = {"id": made.session_id, "mode": "setup", "metadata": {"profile_id": owner}}
        return owner, harness.processor.emit("checkout.session.completed", about)

    _, event = visited(harness)
    places = crashes.count(lambda: harness.events.apply(event))

    for place in range(1, places + 1):
        owner, event = visited(harness)
        crashes.die_at(place, partial(harness.events.apply, event))
        harness.events.apply(event)
        harness.events.apply(event)
        harness.work()
        harness.run_until_paid(owner)

        (method,) = harness.billing(owner).methods
        assert method == harness.billing(owner).active_method
        assert_paid_once(harness, owner)
