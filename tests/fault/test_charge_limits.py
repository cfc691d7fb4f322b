"""An invoice that is tried very often, and money that comes for what nobody owes any more."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeBench
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


def voiding(bench: ChargeBench) -> InvoiceVoiding:
    return InvoiceVoiding(InvoiceCorrections(bench.store, bench.clock), bench.withdrawal)


def pay_days(bench: ChargeBench, owner: str, days: int) -> None:
    """Have a person try as often as they may for days, and the job once a day."""
    for day in range(days):
        bench.charges.dun(owner, PERIOD)
        for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
            bench.clock.pass_by(HOUR)
            bench.pay(owner, f"a-key-of-16-letters-{day}-{number}")
        bench.clock.pass_by(DAY - MAX_MANUAL_ATTEMPTS_A_DAY * HOUR)


def test_an_invoice_with_a_hundred_attempts_is_still_held_and_paid() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    pay_days(bench, owner, 20)
    invoice = bench.invoice(owner)
    assert len(invoice.attempts) == 105
    assert (invoice.status, bench.account(owner).billing_hold) == (InvoiceStatus.UNCOLLECTIBLE, True)

    good = bench.give_card(owner, CardKind.OK)
    bench.methods.activate(owner, good.method_id)
    bench.work()

    assert [attempt.number for attempt in bench.invoice(owner).attempts] == list(range(1, 107))
    assert_paid_once(bench, owner)
    seen: list[int] = []
    after: str | None = None
    while True:
        page = bench.store.attempts(owner, after=after, limit=30)
        seen += [attempt.number for _, attempt in page.items]
        after = page.next_after
        if after is None:
            break
    assert seen == list(range(106, 0, -1))


def test_the_sixth_attempt_of_a_day_is_refused_and_the_next_day_takes_it() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        bench.pay(owner, f"a-key-of-16-letters-{number}")

    with pytest.raises(Conflict) as refusal:
        bench.pay(owner, "the-sixth-of-16-letters")

    assert refusal.value.code == "too_many_attempts"
    assert bench.pay(owner, "a-key-of-16-letters-4")[2]
    assert len(bench.attempts(owner)) == 6
    bench.clock.pass_by(DAY)
    assert not bench.pay(owner, "the-sixth-of-16-letters")[2]
    assert len(bench.attempts(owner)) == 7


def test_methods_that_become_active_again_and_again_are_each_tried_once_a_day() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    methods = [bench.give_card(owner, CardKind.DECLINE).method_id for _ in range(3)]

    def flip() -> int:
        for method_id in 4 * methods:
            bench.clock.pass_by(timedelta(minutes=1))
            bench.methods.activate(owner, method_id)
            bench.work()
        return len(bench.attempts(owner))

    assert flip() == 1 + len(methods)
    bench.clock.pass_by(DAY)
    assert flip() == 1 + 2 * len(methods)


def test_a_card_that_becomes_active_after_too_many_attempts_is_tried_by_itself() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        bench.pay(owner, f"a-key-of-16-letters-{number}")

    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    bench.work()

    assert len(bench.attempts(owner)) == MAX_MANUAL_ATTEMPTS_A_DAY + 2
    assert_paid_once(bench, owner)


def test_what_a_new_card_tried_by_itself_is_neither_the_persons_nor_the_jobs() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    for _ in range(2):
        bench.methods.activate(owner, bench.give_card(owner, CardKind.DECLINE).method_id)
        bench.work()

    bench.charges.dun(owner, PERIOD)
    for number in range(MAX_MANUAL_ATTEMPTS_A_DAY):
        bench.pay(owner, f"a-key-of-16-letters-{number}")

    assert len(bench.attempts(owner)) == 2 + 1 + MAX_MANUAL_ATTEMPTS_A_DAY


def test_steps_that_were_missed_are_not_caught_up_on_in_one_day() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.clock.pass_by(8 * DAY)

    for _ in range(4):
        bench.charges.dun(owner, PERIOD)
        bench.clock.pass_by(timedelta(minutes=1))

    assert len(bench.attempts(owner)) == 1


def paid_twice(bench: ChargeBench) -> str:
    """Return a person whose fee was taken from cash, and then by card, too."""
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.charges.dun(owner, PERIOD)
    (payment,) = bench.redemptions(owner)
    bench.report_cash(owner, PaymentStatus.FAILED)
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    bench.work()
    bench.fees.apply_event("late", bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL))
    return owner


def test_what_is_paid_over_two_rails_becomes_a_credit_once() -> None:
    bench = ChargeBench()
    owner = paid_twice(bench)
    (payment,) = bench.redemptions(owner)

    bench.fees.apply_event("later", payment)
    bench.deliver()

    assert (taken(bench, owner).by_card, taken(bench, owner).by_cash) == (1, 1)
    invoice = bench.invoice(owner)
    assert (invoice.status, [attempt.credited_cents for attempt in invoice.attempts]) == (
        InvoiceStatus.PAID,
        [CENTS, 0],
    )
    assert [line.cents for line in bench.billing(owner).carried] == [-CENTS]
    event_counts = bench.event_counts(owner)
    assert (event_counts["commission_charged"], event_counts["invoice_credited"], event_counts["payment_not_owed"]) == (
        1,
        1,
        1,
    )
    assert bench.account(owner).cash_cents == 10_000 - CENTS
    assert_ledger_agrees(bench, owner)


def test_money_for_a_void_invoice_is_a_credit_and_the_invoice_stays_void() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    voiding(bench).void(owner, PERIOD, AUDIT)
    assert bench.statuses(owner) == ["canceled"]

    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()

    assert (bench.invoice(owner).status, bench.event_counts(owner)["commission_charged"]) == (InvoiceStatus.VOID, 0)
    assert [line.cents for line in bench.billing(owner).carried] == [-CENTS]
    assert_ledger_agrees(bench, owner)


def test_an_authentication_that_waits_is_cancelled_before_an_invoice_is_void() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)

    bench.processor.before["cancel"] = always(Unavailable())
    with pytest.raises(Unavailable):
        voiding(bench).void(owner, PERIOD, AUDIT)
    assert bench.invoice(owner).status is InvoiceStatus.OPEN
    bench.processor.before.clear()
    voiding(bench).void(owner, PERIOD, AUDIT)

    assert (bench.statuses(owner), bench.attempts(owner)) == (["canceled"], ["failed"])
    assert (bench.billing(owner).charging, bench.event_counts(owner)["charge_failed"]) == ({}, 0)


def test_an_invoice_that_was_paid_while_it_was_to_be_voided_stays_paid() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    with pytest.raises(Conflict):
        voiding(bench).void(owner, PERIOD, AUDIT)

    assert_paid_once(bench, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.PROCESS])
def test_a_card_can_be_removed_once_what_waits_on_it_is_cancelled(kind: CardKind) -> None:
    bench = ChargeBench()
    owner = bench.person(kind)
    (card,) = bench.billing(owner).methods
    bench.charges.dun(owner, PERIOD)

    if kind is CardKind.PROCESS:
        with pytest.raises(Conflict) as refusal:
            bench.methods.remove(owner, card.method_id)
        assert refusal.value.code == "charge_in_progress"
        return
    bench.methods.remove(owner, card.method_id)

    assert (bench.statuses(owner), bench.billing(owner).active_method) == (["canceled"], None)
    assert_owed(bench, owner)
