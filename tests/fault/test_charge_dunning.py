"""Dunning from the due day to the hold, over both rails: each attempt once, at its time, with one event."""

from datetime import timedelta

import pytest

from tests.support.charging import CENTS, DAY, DUE, HOUR, PERIOD, ChargeHarness
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


def walk(harness: ChargeHarness, owner: str, days: int, period: str = PERIOD) -> None:
    """Pass days with their step at 10:00 in New York, messages doubled, and the resolver four times a day."""
    for hour in range(1, days * 24 + 1):
        harness.clock.pass_by(HOUR)
        if hour % 6 == 0:
            harness.charges.resume(owner, period)
        if harness.clock.now().astimezone(NEW_YORK).hour == 10:
            harness.charges.dun(owner, period)
            harness.charges.dun(owner, period)


def started(harness: ChargeHarness, owner: str) -> list[int]:
    """Return on which day after the due one each attempt was made."""
    invoice = harness.invoice(owner)
    return [(trading_date(attempt.started_at) - invoice.due_on).days for attempt in invoice.attempts]


@pytest.mark.parametrize("card", [CardKind.DECLINE, None])
def test_all_steps_are_taken_on_their_days_and_the_last_one_sets_the_hold(card: CardKind | None) -> None:
    harness = ChargeHarness()
    owner = harness.person(card)
    harness.charges.dun(owner, PERIOD)

    walk(harness, owner, 13)
    before = harness.account(owner).billing_hold
    walk(harness, owner, 7)

    invoice = harness.invoice(owner)
    assert started(harness, owner) == DAYS
    assert (before, harness.account(owner).billing_hold) == (False, True)
    assert (invoice.status, invoice.next_attempt_at, invoice.lookup_at) == (InvoiceStatus.UNCOLLECTIBLE, None, None)
    assert harness.event_counts(owner) == {"charge_failed": 5, "billing_hold_set": 1}
    assert len(harness.statuses(owner)) == (5 if card else 0)
    assert_owed(harness, owner)


def test_no_step_is_taken_before_ten_in_the_morning_of_the_due_day() -> None:
    harness = ChargeHarness()
    owner = harness.person()
    harness.clock.moment = DUE - timedelta(seconds=1)

    harness.charges.dun(owner, PERIOD)

    assert harness.attempts(owner) == []


def test_another_method_is_not_charged_for_what_is_not_due() -> None:
    harness = ChargeHarness()
    harness.clock.moment = DUE - DAY
    owner = harness.person(None)
    harness.give_card(owner, CardKind.OK)
    harness.work()

    assert harness.attempts(owner) == []


def test_a_charge_in_between_takes_no_step() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)

    harness.pay(owner)

    assert (harness.invoice(owner).dunning_attempts, len(harness.attempts(owner))) == (1, 2)
    walk(harness, owner, 20)
    assert harness.invoice(owner).status is InvoiceStatus.UNCOLLECTIBLE
    assert len(harness.attempts(owner)) == 6


def test_the_hold_is_set_once_and_lifts_with_the_last_invoice_only() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE, periods=(PERIOD, NEXT))
    harness.charges.dun(owner, PERIOD)
    for _ in range(60):
        harness.clock.pass_by(DAY)
        harness.charges.dun(owner, PERIOD)
        harness.charges.dun(owner, NEXT)
    assert harness.billing(owner).uncollectible == (PERIOD, NEXT)
    assert harness.event_counts(owner)["billing_hold_set"] == 1
    held, good = [harness.account(owner).billing_hold], harness.give_card(owner, CardKind.OK)
    harness.methods.activate(owner, good.method_id)
    assert [work.period for work in harness.queued] == [PERIOD, NEXT]

    for work in list(harness.queued):
        harness.charges.on_new_method(owner, str(work.period))
        held.append(harness.account(owner).billing_hold)

    assert held == [True, True, False]
    assert harness.event_counts(owner)["billing_hold_lifted"] == 1
    assert_ledger_agrees(harness, owner, (PERIOD, NEXT))
    assert [harness.invoice(owner, period).status for period in (PERIOD, NEXT)] == [InvoiceStatus.PAID] * 2


def test_what_is_processed_for_a_day_is_paid_and_blocks_every_other_charge() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.work()
    harness.pay(owner)
    walk(harness, owner, 1)
    assert harness.statuses(owner) == ["processing"]
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)

    walk(harness, owner, 2)

    assert_paid_once(harness, owner)


def test_what_is_processed_and_fails_goes_on_with_the_next_step() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.DECLINED, "generic_decline")
    harness.processor.cards[harness.processor.made_from[charge.reference]] = CardKind.OK

    walk(harness, owner, 3)

    assert harness.attempts(owner) == ["failed", "success"]
    assert_paid_once(harness, owner)


def test_too_little_cash_is_a_failed_step_and_asks_for_no_redemption() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=CENTS - 1)
    harness.choose_cash(owner)
    harness.work()

    harness.charges.dun(owner, PERIOD)

    (attempt,) = harness.invoice(owner).attempts
    assert (attempt.status.value, attempt.reason) == ("failed", "insufficient_funds")
    assert (harness.broker.calls["take_fee"], harness.invoice(owner).dunning_attempts) == (0, 1)
    assert harness.account(owner).cash_cents == CENTS - 1
    assert_owed(harness, owner)


def test_two_invoices_of_one_cash_are_taken_as_far_as_it_goes() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=CENTS + 1, periods=(PERIOD, NEXT))
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.clock.pass_by(31 * DAY)

    harness.charges.dun(owner, PERIOD)
    harness.charges.dun(owner, NEXT)
    harness.report_cash(owner, PaymentStatus.SUCCESSFUL)

    assert (harness.attempts(owner), harness.attempts(owner, NEXT)) == (["success"], ["failed"])
    assert harness.account(owner).cash_cents == 1
    assert harness.broker.calls["take_fee"] == 1
    assert_ledger_agrees(harness, owner, (PERIOD, NEXT))


def test_never_both_rails_at_a_time_by_the_ledger() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.DECLINE, cash_cents=10_000)
    card = harness.billing(owner).methods[0]
    harness.charges.dun(owner, PERIOD)
    harness.clock.pass_by(HOUR)
    harness.choose_cash(owner)
    harness.work()
    harness.clock.pass_by(HOUR)
    harness.processor.cards[card.reference] = CardKind.OK
    harness.methods.activate(owner, card.method_id)
    harness.work()
    harness.pay(owner)
    assert harness.statuses(owner) == ["canceled"]
    harness.report_cash(owner, PaymentStatus.FAILED)
    harness.clock.pass_by(HOUR)

    harness.pay(owner, "another-key-of-16-letters")

    assert harness.statuses(owner) == ["canceled", "succeeded"]
    rails = [attempt.rail for attempt in harness.invoice(owner).attempts]
    assert rails == [PaymentMethodKind.CARD, PaymentMethodKind.CASH, PaymentMethodKind.CARD]
    held = [entry.on(LedgerAccount.FEES_RESERVED) for entry in entries_of(harness, owner)]
    assert held == [0, CENTS, -CENTS]
    freed, paid = entries_of(harness, owner)[-1].at, harness.invoice(owner).paid_at
    assert paid is not None
    assert freed < paid
    assert_paid_once(harness, owner)
