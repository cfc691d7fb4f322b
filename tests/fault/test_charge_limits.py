"""An invoice that is tried very often, and money that comes for what nobody owes any more."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once, taken
from tests.support.funding import always
from trading.billing.charging.limits import MAX_MANUAL_ATTEMPTS_A_DAY
from trading.billing.charging.withdrawals import InvoiceVoiding
from trading.billing.invoices.corrections import InvoiceCorrections
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

AUDIT = Audit("an-operator", "a mistake")


def voiding(harness: ChargeHarness) -> InvoiceVoiding:
    return InvoiceVoiding(InvoiceCorrections(harness.store, harness.clock), harness.withdrawal)


def pay_days(harness: ChargeHarness, owner: str, days: int) -> None:
    """Have a person try as often as they may for days, and the job once a day."""
    for day in range(days):
        harness.charges.dun(owner, PERIOD)
        for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
            harness.clock.pass_by(HOUR)
            harness.pay(owner, f"a-key-of-16-letters-{day}-{number}")
        harness.clock.pass_by(DAY - MAX_MANUAL_ATTEMPTS_A_DAY * HOUR)


def test_an_invoice_with_a_hundred_attempts_is_still_held_and_paid() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    pay_days(harness, owner, 20)
    invoice = harness.invoice(owner)
    assert len(invoice.attempts) == 105
    assert (invoice.status, harness.account(owner).billing_hold) == (InvoiceStatus.UNCOLLECTIBLE, True)

    good = harness.give_card(owner, CardKind.OK)
    harness.methods.activate(owner, good.method_id)
    harness.work()

    assert [attempt.number for attempt in harness.invoice(owner).attempts] == list(range(1, 107))
    assert_paid_once(harness, owner)
    seen: list[int] = []
    after: str | None = None
    while True:
        page = harness.store.attempts(owner, after=after, limit=30)
        seen += [attempt.number for _, attempt in page.items]
        after = page.next_after
        if after is None:
            break
    assert seen == list(range(106, 0, -1))


def test_the_sixth_attempt_of_a_day_is_refused_and_the_next_day_takes_it() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        harness.pay(owner, f"a-key-of-16-letters-{number}")

    with pytest.raises(Conflict) as refusal:
        harness.pay(owner, "the-sixth-of-16-letters")

    assert refusal.value.code == "too_many_attempts"
    assert harness.pay(owner, "a-key-of-16-letters-4")[2]
    assert len(harness.attempts(owner)) == 6
    harness.clock.pass_by(DAY)
    assert not harness.pay(owner, "the-sixth-of-16-letters")[2]
    assert len(harness.attempts(owner)) == 7


def test_methods_that_become_active_again_and_again_are_each_tried_once_a_day() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    methods = [harness.give_card(owner, CardKind.DECLINE).method_id for _ in range(3)]

    def flip() -> int:
        for method_id in 4 * methods:
            harness.clock.pass_by(timedelta(minutes=1))
            harness.methods.activate(owner, method_id)
            harness.work()
        return len(harness.attempts(owner))

    assert flip() == 1 + len(methods)
    harness.clock.pass_by(DAY)
    assert flip() == 1 + 2 * len(methods)


def test_a_card_that_becomes_active_after_too_many_attempts_is_tried_by_itself() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        harness.pay(owner, f"a-key-of-16-letters-{number}")

    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.work()

    assert len(harness.attempts(owner)) == MAX_MANUAL_ATTEMPTS_A_DAY + 2
    assert_paid_once(harness, owner)


def test_what_a_new_card_tried_by_itself_is_neither_the_persons_nor_the_jobs() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    for _ in range(2):
        harness.methods.activate(owner, harness.give_card(owner, CardKind.DECLINE).method_id)
        harness.work()

    harness.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        harness.pay(owner, f"a-key-of-16-letters-{number}")

    assert len(harness.attempts(owner)) == 2 + 1 + MAX_MANUAL_ATTEMPTS_A_DAY


def test_steps_that_were_missed_are_not_caught_up_on_in_one_day() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.clock.pass_by(8 * DAY)

    for _ in range(4):
        harness.charges.dun(owner, PERIOD)
        harness.clock.pass_by(timedelta(minutes=1))

    assert len(harness.attempts(owner)) == 1


def paid_twice(harness: ChargeHarness) -> str:
    """Return a person whose fee was taken from cash, and then by card, too."""
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.charges.dun(owner, PERIOD)
    (payment,) = harness.redemptions(owner)
    harness.report_cash(owner, PaymentStatus.FAILED)
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.work()
    harness.fees.apply_event("late", harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))
    return owner


def test_what_is_paid_over_two_rails_becomes_a_credit_once() -> None:
    harness = ChargeHarness()
    owner = paid_twice(harness)
    (payment,) = harness.redemptions(owner)

    harness.fees.apply_event("later", payment)
    harness.deliver()

    assert (taken(harness, owner).by_card, taken(harness, owner).by_cash) == (1, 1)
    invoice = harness.invoice(owner)
    assert (invoice.status, [attempt.credited_cents for attempt in invoice.attempts]) == (
        InvoiceStatus.PAID,
        [CENTS, 0],
    )
    assert [line.cents for line in harness.billing(owner).carried] == [-CENTS]
    event_counts = harness.event_counts(owner)
    assert (event_counts["commission_charged"], event_counts["invoice_credited"], event_counts["payment_not_owed"]) == (
        1,
        1,
        1,
    )
    assert harness.account(owner).cash_cents == 10_000 - CENTS
    assert_ledger_agrees(harness, owner)


def test_money_for_a_void_invoice_is_a_credit_and_the_invoice_stays_void() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    voiding(harness).void(owner, PERIOD, AUDIT)
    assert harness.statuses(owner) == ["canceled"]

    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()

    assert (harness.invoice(owner).status, harness.event_counts(owner)["commission_charged"]) == (InvoiceStatus.VOID, 0)
    assert [line.cents for line in harness.billing(owner).carried] == [-CENTS]
    assert_ledger_agrees(harness, owner)


def test_an_authentication_that_waits_is_cancelled_before_an_invoice_is_void() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)

    harness.processor.before["cancel"] = always(Unavailable())
    with pytest.raises(Unavailable):
        voiding(harness).void(owner, PERIOD, AUDIT)
    assert harness.invoice(owner).status is InvoiceStatus.OPEN
    harness.processor.before.clear()
    voiding(harness).void(owner, PERIOD, AUDIT)

    assert (harness.statuses(owner), harness.attempts(owner)) == (["canceled"], ["failed"])
    assert (harness.billing(owner).charging, harness.event_counts(owner)["charge_failed"]) == ({}, 0)


def test_an_invoice_that_was_paid_while_it_was_to_be_voided_stays_paid() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    with pytest.raises(Conflict):
        voiding(harness).void(owner, PERIOD, AUDIT)

    assert_paid_once(harness, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.PROCESS])
def test_a_card_can_be_removed_once_what_waits_on_it_is_cancelled(kind: CardKind) -> None:
    harness = ChargeHarness()
    owner = harness.person(kind)
    (card,) = harness.billing(owner).methods
    harness.charges.dun(owner, PERIOD)

    if kind is CardKind.PROCESS:
        with pytest.raises(Conflict) as refusal:
            harness.methods.remove(owner, card.method_id)
        assert refusal.value.code == "charge_in_progress"
        return
    harness.methods.remove(owner, card.method_id)

    assert (harness.statuses(owner), harness.billing(owner).active_method) == (["canceled"], None)
    assert_owed(harness, owner)
