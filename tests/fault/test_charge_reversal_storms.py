"""Disputes and refunds by two workers at once: events in any order and doubled, workers that die at each request.

Stripe goes on meanwhile. In the end ledger, invoice and card are where Stripe's own record says that the money is.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.support.charging import CENTS, PERIOD, ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, disputes_of
from tests.support.turns import Turns
from trading.billing.disputes.models import DisputeState, Place
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.models import StripeEvent
from trading.billing.ports import CardCharge

pytestmark = pytest.mark.usefixtures("aws")

State = DisputeState
Happening = Callable[[ChargeHarness, CardCharge], StripeEvent]
PART = 84


def dispute(what: str, state: State, cents: int = 0, name: str = "") -> Happening:
    return lambda harness, charge: harness.processor.contest(charge, what, state, cents, name)


def refund(name: str, cents: int, *, is_live: bool = True) -> Happening:
    return lambda harness, charge: harness.processor.refund(charge, cents, name=name, is_live=is_live)


WON = [
    dispute("created", State.INQUIRY),
    dispute("updated", State.NEEDS_RESPONSE),
    dispute("funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
    dispute("updated", State.UNDER_REVIEW, CENTS),
    dispute("closed", State.WON, CENTS),
    dispute("funds_reinstated", State.WON),
]
LOST = [
    dispute("created", State.NEEDS_RESPONSE),
    dispute("funds_withdrawn", State.NEEDS_RESPONSE, CENTS),
    dispute("closed", State.LOST, CENTS),
]
STORIES = {
    "won": WON,
    "lost": LOST,
    "lost and won after all": [*LOST, dispute("funds_reinstated", State.WON)],
    "won and lost after all": [*WON, dispute("funds_withdrawn", State.LOST, CENTS)],
    "an inquiry closed": [dispute("created", State.INQUIRY), dispute("closed", State.CLOSED)],
    "refunds, one failed": [
        refund("re_1", PART),
        refund("re_2", 50),
        refund("re_1", PART, is_live=False),
    ],
    "a refund that failed after a dispute took all": [
        refund("re_1", PART),
        dispute("created", State.NEEDS_RESPONSE, CENTS),
        refund("re_1", PART, is_live=False),
        dispute("closed", State.LOST, CENTS),
    ],
    "two disputes, both lost": [
        dispute("created", State.NEEDS_RESPONSE, PART, "du_one"),
        dispute("created", State.NEEDS_RESPONSE, 100, "du_two"),
        dispute("closed", State.LOST, PART, "du_one"),
        dispute("closed", State.LOST, 100, "du_two"),
    ],
    "two disputes of parts": [
        dispute("created", State.NEEDS_RESPONSE, PART, "du_one"),
        dispute("created", State.NEEDS_RESPONSE, 100, "du_two"),
        dispute("closed", State.LOST, PART, "du_one"),
        dispute("closed", State.WON, 0, "du_two"),
    ],
}


def paid() -> tuple[ChargeHarness, str, CardCharge]:
    """Return a person who paid by card."""
    harness = ChargeHarness()
    owner = harness.person()
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.events.clear()
    return harness, owner, charge


def assert_where_the_money_is(harness: ChargeHarness, owner: str, charge: CardCharge) -> None:
    """Hold records and ledger against what Stripe has of a charge's disputes and refunds."""
    assert_ledger_agrees(harness, owner)
    invoice, billing, records = harness.invoice(owner), harness.billing(owner), disputes_of(harness, owner)
    reports = [report for report in harness.processor.disputes.values() if report.charge_reference == charge.reference]
    assert {known.dispute_id: (known.state, known.moved_cents) for known in records} == {
        report.dispute_id: (report.state, report.withdrawn_cents) for report in reports
    }
    refunds = harness.processor.refunds.get(charge.reference, {}).values()
    (attempt,) = invoice.attempts
    assert attempt.refunded_cents == sum(refund.cents for refund in refunds if refund.is_live)
    lost = sum(known.moved_cents for known in records if known.place is Place.LOST)
    assert invoice.owed_cents == lost
    assert invoice.status is (InvoiceStatus.UNCOLLECTIBLE if lost else InvoiceStatus.PAID)
    assert harness.account(owner).billing_hold is bool(lost)
    assert billing.owed == ((PERIOD,) if lost else ())
    is_open = any(known.state not in {State.WON, State.CLOSED} for known in records)
    assert (billing.active_method is None, attempt.is_disputed) == (is_open, is_open)


def worker(harness: ChargeHarness, events: list[StripeEvent], seed: str) -> Iterator[Callable[[], object]]:
    shuffled = [*events, *events]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a seed, no secret
    for event in shuffled:
        yield partial(harness.events.apply, event)


@pytest.mark.parametrize("scenario", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("seed", range(6))
def test_two_workers_that_die_and_disagree_end_where_the_money_is(
    monkeypatch: pytest.MonkeyPatch, scenario: list[Happening], seed: int
) -> None:
    harness, owner, charge = paid()
    turns = Turns(monkeypatch, seed, dies=0.05 if seed % 2 else 0.0)
    begun = len(scenario) - seed % len(scenario)
    early, late = [happen(harness, charge) for happen in scenario[:begun]], list[StripeEvent]()

    def go_on() -> None:
        """Have the rest happen at Stripe, in the midst of what the other worker does."""
        late.extend(happen(harness, charge) for happen in scenario[begun + len(late) :])

    turns.run(worker(harness, early, f"{seed}a"), [go_on, *worker(harness, early, f"{seed}b")])
    turns.run(worker(harness, late, f"{seed}c"), worker(harness, late, f"{seed}d"))

    assert_where_the_money_is(harness, owner, charge)


@pytest.mark.parametrize("scenario", STORIES.values(), ids=STORIES)
def test_whatever_happens_at_once_people_are_told_once(
    monkeypatch: pytest.MonkeyPatch, scenario: list[Happening]
) -> None:
    harness, owner, charge = paid()
    events = [happen(harness, charge) for happen in scenario]

    Turns(monkeypatch, 7, dies=0.05).run(worker(harness, events, "e"), worker(harness, events, "f"))

    event_counts = harness.event_counts(owner)
    disputes = disputes_of(harness, owner)
    assert event_counts["dispute_closed"] <= len(disputes)
    assert event_counts["payment_disputed"] <= len(disputes)
    assert event_counts["commission_charged"] == 1


def test_a_refund_that_fails_after_the_bank_took_everything_leaves_it_taken() -> None:
    harness, owner, charge = paid()
    scenario = STORIES["a refund that failed after a dispute took all"]
    first, second, failed, _ = (happen(harness, charge) for happen in scenario)
    harness.processor.refund(charge, PART)
    harness.deliver([first])
    harness.processor.contest(charge, "updated", State.NEEDS_RESPONSE, CENTS)
    harness.deliver([second])
    harness.processor.refund(charge, PART, is_live=False)

    harness.deliver([failed])

    assert_where_the_money_is(harness, owner, charge)


def test_a_dispute_that_gets_worse_again_is_alarmed_again_and_told() -> None:
    harness, owner, charge = paid()
    seen = []

    for state in (State.NEEDS_RESPONSE, State.CLOSED, State.NEEDS_RESPONSE, State.CLOSED):
        harness.deliver([dispute("updated", state)(harness, charge)])
        event_counts = harness.event_counts(owner)
        seen.append((event_counts["charge_disputed"], event_counts["payment_disputed"], event_counts["dispute_closed"]))

    assert seen == [(1, 1, 0), (1, 1, 1), (2, 2, 1), (2, 2, 2)]


def test_money_that_is_not_owed_twice_is_told_and_alarmed_twice() -> None:
    harness, owner, charge = paid()
    lost, back = LOST[-1], dispute("funds_reinstated", State.WON)
    harness.deliver([lost(harness, charge)])
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)
    harness.work()

    for happen in (back, lost, back):
        harness.deliver([happen(harness, charge)])

    assert (harness.event_counts(owner)["payment_not_owed"], harness.event_counts(owner)["invoice_credited"]) == (2, 2)
    assert_ledger_agrees(harness, owner)
