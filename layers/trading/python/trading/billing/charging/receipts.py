"""Money that came: what an invoice is owed is paid by it, and what nobody owes is the person's, as a credit.

A credit is a line that lowers the next invoice; until then its money is on `credits`.
"""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from trading.billing import outbox
from trading.billing.invoices.models import Attempt, Invoice, InvoiceStatus, Line
from trading.billing.invoices.service import settled_change
from trading.billing.models import BillingAccount, BillingState
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.billing.ports import BillingChange
from trading.ledger.models import Entry, LedgerAccount

_CLEARING = {PaymentMethodKind.CARD: LedgerAccount.CARD_CLEARING, PaymentMethodKind.CASH: LedgerAccount.FEE_CLEARING}


def received(state: BillingState, attempt: Attempt, cents: int, *, reference: str, at: datetime) -> BillingChange:
    """Return what is written when money of an attempt came; invoice and billing account are there."""
    invoice, billing = state.invoice, state.billing
    if invoice is None or billing is None:
        return BillingChange()
    applied = min(invoice.owed_cents, cents)
    surplus = cents - applied
    lines = {clearing_of(attempt): cents, LedgerAccount.FEES_RECEIVABLE: -applied, LedgerAccount.CREDITS: -surplus}
    posting = billing.posted(lines, reference=reference, at=at)
    noted = invoice.with_attempt(replace(attempt, credited_cents=attempt.credited_cents + surplus), at)
    change = _applied(state, noted, posting.account, applied, at)
    change = _with_entry(change, posting.entry)
    if applied:
        change = replace(change, events=(*change.events, outbox.charged(change.invoice or noted, attempt, applied)))
    return with_credit(change, attempt, surplus, at=at) if surplus else change


def with_credit(change: BillingChange, attempt: Attempt, cents: int, *, at: datetime) -> BillingChange:
    """Return a change by which the person has a credit more, and the events of it; negative: one less."""
    billing, invoice = change.billing, change.invoice
    if billing is None or invoice is None:
        return change
    payment_id = invoice.payment_id(attempt.number)
    line = credit_line(invoice, attempt, cents)
    subject = f"{payment_id}:{invoice.version}"
    events = (outbox.credited(invoice, cents, subject), outbox.not_owed(invoice, attempt, cents)) if cents > 0 else ()
    after = replace(billing, carried=(*billing.carried, line), updated_at=at)
    return replace(change, billing=after, events=(*change.events, *events))


def credit_line(invoice: Invoice, attempt: Attempt, cents: int) -> Line:
    """Return the line of the next invoice that gives back money which was not owed, or takes that back."""
    payment_id = invoice.payment_id(attempt.number)
    what = "Credit for payment" if cents > 0 else "Credit withdrawn of payment"
    return Line(f"{what} {payment_id}", invoice.period, Fraction(-cents), payment_id)


def clearing_of(attempt: Attempt) -> LedgerAccount:
    """Return the account that holds the money of an attempt."""
    return _CLEARING[attempt.rail]


def _applied(
    state: BillingState, invoice: Invoice, billing: BillingAccount, applied: int, at: datetime
) -> BillingChange:
    billing = replace(billing, updated_at=at)
    if not applied:
        return BillingChange(billing=billing, invoice=invoice)
    left = invoice.owed_cents - applied
    if left:
        return BillingChange(billing=billing, invoice=replace(invoice, reopened_cents=left))
    paid = replace(
        invoice, status=InvoiceStatus.PAID, next_attempt_at=None, paid_at=invoice.paid_at or at, reopened_cents=None
    )
    return settled_change(state, billing, paid, at)


def _with_entry(change: BillingChange, entry: Entry | None) -> BillingChange:
    return replace(change, entries=(*change.entries, *((entry,) if entry else ())))
