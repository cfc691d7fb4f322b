"""Dunning from the due day to the hold, over both rails: each attempt once, at its time, with one event."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, DUE, HOUR, PERIOD, ChargeBench
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once, entries_of
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.ledger.models import LedgerAccount
from trading.platform.clock import NEW_YORK, trading_date

pytestmark = pytest.mark.usefixtures("aws")

DAYS = [0, 1, 3, 7, 14]
NEXT = "2013-03"


def walk(bench: ChargeBench, owner: str, days: int, period: str = PERIOD) -> None:
    """Pass days with their step at 10:00 in New York, messages doubled, and the resolver four times a day."""
    for hour in range(1, days * 24 + 1):
        bench.clock.pass_by(HOUR)
        if hour % 6 == 0:
            bench.charges.resume(owner, period)
        if bench.clock.now().astimezone(NEW_YORK).hour == 10:
            bench.charges.dun(owner, period)
            bench.charges.dun(owner, period)


def started(bench: ChargeBench, owner: str) -> list[int]:
    """Return on which day after the due one each attempt was made."""
    invoice = bench.invoice(owner)
    return [(trading_date(attempt.started_at) - invoice.due_on).days for attempt in invoice.attempts]


@pytest.mark.parametrize("card", [CardKind.DECLINE, None])
def test_all_steps_are_taken_on_their_days_and_the_last_one_sets_the_hold(card: CardKind | None) -> None:
    bench = ChargeBench()
    owner = bench.person(card)
    bench.charges.dun(owner, PERIOD)

    walk(bench, owner, 13)
    before = bench.account(owner).billing_hold
    walk(bench, owner, 7)

    invoice = bench.invoice(owner)
    assert started(bench, owner) == DAYS
    assert (before, bench.account(owner).billing_hold) == (False, True)
    assert (invoice.status, invoice.next_attempt_at, invoice.lookup_at) == (InvoiceStatus.UNCOLLECTIBLE, None, None)
    assert bench.event_counts(owner) == {"charge_failed": 5, "billing_hold_set": 1}
    assert len(bench.statuses(owner)) == (5 if card else 0)
    assert_owed(bench, owner)


def test_no_step_is_taken_before_ten_in_the_morning_of_the_due_day() -> None:
    bench = ChargeBench()
    owner = bench.person()
    bench.clock.moment = DUE - timedelta(seconds=1)

    bench.charges.dun(owner, PERIOD)

    assert bench.attempts(owner) == []


def test_another_method_is_not_charged_for_what_is_not_due() -> None:
    bench = ChargeBench()
    bench.clock.moment = DUE - DAY
    owner = bench.person(None)
    bench.give_card(owner, CardKind.OK)
    bench.work()

    assert bench.attempts(owner) == []


def test_a_charge_in_between_takes_no_step() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)

    bench.pay(owner)

    assert (bench.invoice(owner).dunning_attempts, len(bench.attempts(owner))) == (1, 2)
    walk(bench, owner, 20)
    assert bench.invoice(owner).status is InvoiceStatus.UNCOLLECTIBLE
    assert len(bench.attempts(owner)) == 6


def test_the_hold_is_set_once_and_lifts_with_the_last_invoice_only() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE, periods=(PERIOD, NEXT))
    bench.charges.dun(owner, PERIOD)
    for _ in range(60):
        bench.clock.pass_by(DAY)
        bench.charges.dun(owner, PERIOD)
        bench.charges.dun(owner, NEXT)
    assert bench.billing(owner).uncollectible == (PERIOD, NEXT)
    assert bench.event_counts(owner)["billing_hold_set"] == 1
    held, good = [bench.account(owner).billing_hold], bench.give_card(owner, CardKind.OK)
    bench.methods.activate(owner, good.method_id)
    assert [work.period for work in bench.queued] == [PERIOD, NEXT]

    for work in list(bench.queued):
        bench.charges.on_new_method(owner, str(work.period))
        held.append(bench.account(owner).billing_hold)

    assert held == [True, True, False]
    assert bench.event_counts(owner)["billing_hold_lifted"] == 1
    assert_ledger_agrees(bench, owner, (PERIOD, NEXT))
    assert [bench.invoice(owner, period).status for period in (PERIOD, NEXT)] == [InvoiceStatus.PAID] * 2


def test_what_is_processed_for_a_day_is_paid_and_blocks_every_other_charge() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)
    bench.work()
    bench.pay(owner)
    walk(bench, owner, 1)
    assert bench.statuses(owner) == ["processing"]
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    walk(bench, owner, 2)

    assert_paid_once(bench, owner)


def test_what_is_processed_and_fails_goes_on_with_the_next_step() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.DECLINED, "generic_decline")
    bench.processor.cards[bench.processor.made_from[charge.reference]] = CardKind.OK

    walk(bench, owner, 3)

    assert bench.attempts(owner) == ["failed", "success"]
    assert_paid_once(bench, owner)


def test_too_little_cash_is_a_failed_step_and_asks_for_no_redemption() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=CENTS - 1)
    bench.choose_cash(owner)
    bench.work()

    bench.charges.dun(owner, PERIOD)

    (attempt,) = bench.invoice(owner).attempts
    assert (attempt.status.value, attempt.reason) == ("failed", "insufficient_funds")
    assert (bench.broker.calls["take_fee"], bench.invoice(owner).dunning_attempts) == (0, 1)
    assert bench.account(owner).cash_cents == CENTS - 1
    assert_owed(bench, owner)


def test_two_invoices_of_one_cash_are_taken_as_far_as_it_goes() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=CENTS + 1, periods=(PERIOD, NEXT))
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.clock.pass_by(31 * DAY)

    bench.charges.dun(owner, PERIOD)
    bench.charges.dun(owner, NEXT)
    bench.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert (bench.attempts(owner), bench.attempts(owner, NEXT)) == (["success"], ["failed"])
    assert bench.account(owner).cash_cents == 1
    assert bench.broker.calls["take_fee"] == 1
    assert_ledger_agrees(bench, owner, (PERIOD, NEXT))


def test_never_both_rails_at_a_time_by_the_ledger() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.DECLINE, cash_cents=10_000)
    card = bench.billing(owner).methods[0]
    bench.charges.dun(owner, PERIOD)
    bench.clock.pass_by(HOUR)
    bench.choose_cash(owner)
    bench.work()
    bench.clock.pass_by(HOUR)
    bench.processor.cards[card.reference] = CardKind.OK
    bench.methods.activate(owner, card.method_id)
    bench.work()
    bench.pay(owner)
    assert bench.statuses(owner) == ["canceled"]
    bench.report_cash(owner, PaymentStatus.FAILED)
    bench.clock.pass_by(HOUR)

    bench.pay(owner, "another-key-of-16-letters")

    assert bench.statuses(owner) == ["canceled", "succeeded"]
    rails = [attempt.rail for attempt in bench.invoice(owner).attempts]
    assert rails == [PaymentMethodKind.CARD, PaymentMethodKind.CASH, PaymentMethodKind.CARD]
    held = [entry.on(LedgerAccount.FEES_RESERVED) for entry in entries_of(bench, owner)]
    assert held == [0, CENTS, -CENTS]
    freed, paid = entries_of(bench, owner)[-1].at, bench.invoice(owner).paid_at
    assert paid is not None
    assert freed < paid
    assert_paid_once(bench, owner)
