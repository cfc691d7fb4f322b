"""What operators do to invoices: void and credit, each with a reason, never more than was invoiced."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.billing.harness import AUDIT, BillingHarness, a_day, day_of
from trading.billing.invoices.models import (
    INVOICE_MOVES,
    Attempt,
    AttemptStatus,
    Invoice,
    InvoiceStatus,
    Line,
)
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.billing.ports import BillingChange
from trading.ledger.models import LedgerAccount
from trading.platform.errors import Conflict, NotFound
from trading.platform.people import PersonRow, partition

FEBRUARY, NEXT = "2013-02", "2013-03-01"
LATER = datetime(2013, 3, 10, 15, tzinfo=UTC)


@pytest.fixture
def harness(aws: None) -> BillingHarness:
    return BillingHarness()


def invoiced(harness: BillingHarness) -> tuple[str, Invoice]:
    """Return a person with one open invoice."""
    owner = harness.person("2013-02-01")
    harness.evenings(owner, "2013-02-01", "2013-02-28")
    (invoice,) = harness.night(owner, NEXT)
    return owner, invoice


def invoice_in(harness: BillingHarness, owner: str, status: InvoiceStatus) -> Invoice:
    """Bring a person's invoice to a status."""
    invoice = harness.invoice(owner, FEBRUARY)
    changed = harness.store.commit(BillingChange(invoice=replace(invoice, status=status))).invoice
    assert changed is not None
    return changed


def attempted(harness: BillingHarness, owner: str, status: AttemptStatus, refunded_cents: int = 0) -> None:
    """Add an attempt to a person's invoice."""
    invoice = harness.invoice(owner, FEBRUARY)
    attempt = Attempt(1, "card-1", PaymentMethodKind.CARD, invoice.cents, LATER, status, refunded_cents=refunded_cents)
    harness.store.commit(BillingChange(invoice=invoice.with_attempt(attempt, LATER)))


def audits(owner: str) -> list[dict[str, str]]:
    """Return a person's audit records."""
    return [
        json.loads(str(row.document)) for row in PersonRow.query(partition(owner), PersonRow.sk.startswith("audit#"))
    ]


def test_every_status_has_its_moves_and_only_void_is_an_end() -> None:
    assert set(INVOICE_MOVES) == set(InvoiceStatus)
    assert {move for move, moves in INVOICE_MOVES.items() if not moves} == {InvoiceStatus.VOID}
    assert INVOICE_MOVES[InvoiceStatus.PAID] == {InvoiceStatus.UNCOLLECTIBLE}
    assert all(move not in moves and InvoiceStatus.OPEN not in moves for move, moves in INVOICE_MOVES.items())
    assert {status for status in InvoiceStatus if status.is_owed} == {
        move for move, moves in INVOICE_MOVES.items() if InvoiceStatus.VOID in moves
    }


@pytest.mark.parametrize("status", InvoiceStatus)
def test_an_invoice_is_voided_where_the_moves_say_so(harness: BillingHarness, status: InvoiceStatus) -> None:
    owner, _ = invoiced(harness)
    before = invoice_in(harness, owner, status)

    if InvoiceStatus.VOID in INVOICE_MOVES[status]:
        assert harness.corrections.void(owner, FEBRUARY, AUDIT).status is InvoiceStatus.VOID
    else:
        with pytest.raises(Conflict) as refusal:
            harness.corrections.void(owner, FEBRUARY, AUDIT)
        assert refusal.value.code == "not_voidable"
        assert (harness.invoice(owner, FEBRUARY), audits(owner)) == (before, [])


def test_voiding_takes_the_amount_back_and_leaves_the_rest_as_it_was(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)

    voided = harness.corrections.void(owner, FEBRUARY, AUDIT)

    assert (harness.state(owner), harness.billing(owner).owed) == ({}, ())
    assert replace(voided, status=invoice.status, next_attempt_at=invoice.next_attempt_at) == replace(
        invoice, updated_at=voided.updated_at, version=voided.version
    )
    assert voided.next_attempt_at is None
    assert [(audit["actor"], audit["reason"], audit["action"]) for audit in audits(owner)] == [
        (AUDIT.actor, AUDIT.reason, "void_invoice")
    ]


def test_a_month_whose_invoice_is_void_is_not_invoiced_again(harness: BillingHarness) -> None:
    owner, _ = invoiced(harness)
    harness.corrections.void(owner, FEBRUARY, AUDIT)

    assert harness.night(owner, NEXT) == []
    assert harness.invoice(owner, FEBRUARY).status is InvoiceStatus.VOID


def test_what_is_being_collected_is_not_voided(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)
    attempted(harness, owner, AttemptStatus.PENDING)

    with pytest.raises(Conflict):
        harness.corrections.void(owner, FEBRUARY, AUDIT)

    assert harness.state(owner)[LedgerAccount.FEES_RECEIVABLE] == invoice.cents


@pytest.mark.parametrize("others", [(), ("2013-01",)])
def test_voiding_the_last_that_could_not_be_collected_lifts_the_hold(
    harness: BillingHarness, others: tuple[str, ...]
) -> None:
    owner, _ = invoiced(harness)
    invoice_in(harness, owner, InvoiceStatus.UNCOLLECTIBLE)
    state = harness.store.load(owner)
    assert state.account is not None
    held = replace(harness.billing(owner), uncollectible=(*others, FEBRUARY), hold_since=LATER)
    harness.store.commit(BillingChange(billing=held, account=replace(state.account, billing_hold=True)))

    harness.corrections.void(owner, FEBRUARY, AUDIT)

    account = harness.store.load(owner).account
    assert account is not None
    assert account.billing_hold is bool(others)
    assert (harness.billing(owner).hold_since is None, harness.billing(owner).uncollectible) == (not others, others)


def test_a_credit_lowers_the_next_invoice_and_leaves_this_one_as_it_is(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)

    harness.corrections.credit(owner, FEBRUARY, 100, AUDIT)
    after = harness.invoice(owner, FEBRUARY)
    harness.evenings(owner, "2013-03-01", "2013-03-31")
    (march,) = harness.night(owner, "2013-04-01")

    assert (after.cents, after.lines, after.status) == (invoice.cents, invoice.lines, invoice.status)
    assert march.lines[0] == Line(f"Credit on invoice {invoice.invoice_id}", FEBRUARY, a_day(0) - 100)
    assert march.cents == round(31 * a_day() - 100)
    assert (march.period_start, march.period_end) == (day_of("2013-03-01"), day_of("2013-03-31"))
    assert [audit["action"] for audit in audits(owner)] == ["credit_invoice"]


def test_no_more_than_the_invoice_is_credited_over_all_invoices(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)
    harness.corrections.credit(owner, FEBRUARY, invoice.cents - 1, AUDIT)
    refused(harness, owner, 2)
    harness.evenings(owner, "2013-03-01", "2013-03-31")
    harness.night(owner, "2013-04-01")

    refused(harness, owner, 2)  # the next invoice has taken the first
    harness.corrections.credit(owner, FEBRUARY, 1, AUDIT)
    refused(harness, owner, 1)

    assert harness.invoice(owner, FEBRUARY).credited_cents == invoice.cents


@pytest.mark.parametrize("cents", [0, -1, -100])
def test_a_credit_is_an_amount(harness: BillingHarness, cents: int) -> None:
    owner, _ = invoiced(harness)

    refused(harness, owner, cents)


def test_what_was_refunded_is_not_credited_as_well(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)
    attempted(harness, owner, AttemptStatus.SUCCESS, refunded_cents=invoice.cents - 10)

    refused(harness, owner, 11)
    harness.corrections.credit(owner, FEBRUARY, 10, AUDIT)


def test_a_credit_above_the_next_month_is_carried_on(harness: BillingHarness) -> None:
    owner, invoice = invoiced(harness)
    harness.corrections.credit(owner, FEBRUARY, invoice.cents, AUDIT)
    harness.evenings(owner, "2013-03-01", "2013-03-01", 60_000)
    for day in (f"2013-03-{number:02d}" for number in range(2, 32)):
        harness.snapshot(owner, day_of(day), 60_000)

    assert harness.night(owner, "2013-04-01") == []
    assert sum(line.cents for line in harness.billing(owner).carried) == 31 * a_day(60_000) - invoice.cents


def test_a_void_invoice_is_not_credited_and_a_credited_one_not_voided(harness: BillingHarness) -> None:
    owner, _ = invoiced(harness)
    harness.corrections.credit(owner, FEBRUARY, 1, AUDIT)
    with pytest.raises(Conflict):
        harness.corrections.void(owner, FEBRUARY, AUDIT)

    other, _ = invoiced(harness)
    harness.corrections.void(other, FEBRUARY, AUDIT)
    with pytest.raises(Conflict) as refusal:
        harness.corrections.credit(other, FEBRUARY, 1, AUDIT)

    assert refusal.value.code == "not_creditable"


def test_what_is_not_there_is_not_found(harness: BillingHarness) -> None:
    owner, _ = invoiced(harness)

    for period in ("2013-01", "2013-03"):
        with pytest.raises(NotFound):
            harness.corrections.void(owner, period, AUDIT)
        with pytest.raises(NotFound):
            harness.corrections.credit(owner, period, 1, AUDIT)


def refused(harness: BillingHarness, owner: str, cents: int) -> None:
    """Hold that a credit is refused and nothing changes."""
    before = harness.store.load(owner, FEBRUARY)

    with pytest.raises(Conflict) as refusal:
        harness.corrections.credit(owner, FEBRUARY, cents, AUDIT)

    assert refusal.value.code == "credit_too_large"
    assert harness.store.load(owner, FEBRUARY) == before
