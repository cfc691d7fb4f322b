"""Where the money of a dispute goes in the journal, and what becomes of the invoice that it paid."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from trading.billing.charging.outcomes import with_hold
from trading.billing.charging.receipts import clearing_of, received, with_credit
from trading.billing.disputes.models import Dispute, Place
from trading.billing.events import CommissionCharged
from trading.billing.invoices.models import Attempt, Invoice, InvoiceStatus
from trading.billing.models import BillingAccount, BillingState
from trading.billing.ports import BillingChange
from trading.ledger.models import LedgerAccount


@dataclass(frozen=True)
class Target:
    """Where the money is to be, and how much of it."""

    place: Place
    cents: int


def moved(state: BillingState, dispute: Dispute, attempt: Attempt, target: Target, at: datetime) -> BillingChange:
    """Return what is written when the money of a dispute is elsewhere; `change.dispute` says where."""
    change = BillingChange(billing=state.billing, invoice=state.invoice, account=state.account, dispute=dispute)
    if (target.place, target.cents) == (dispute.place, dispute.moved_cents):
        return change
    if dispute.place is Place.LOST:
        change = _back(state, change, dispute, attempt, at)
        attempt = (change.invoice.attempt(attempt.number) if change.invoice else None) or attempt
    return _taken(change, dispute, attempt, target, at)


def _back(
    state: BillingState, change: BillingChange, dispute: Dispute, attempt: Attempt, at: datetime
) -> BillingChange:
    """Have what was lost come back, as if it came for the first time: for what is owed, or as a credit."""
    reference = f"{dispute.dispute_id}:{dispute.version}:back"
    back = received(state, attempt, dispute.moved_cents, reference=reference, at=at)
    # The person was notified before that the commission is paid.
    events = tuple(event for event in back.events if not isinstance(event.record, CommissionCharged))
    return replace(back, account=back.account or change.account, dispute=change.dispute, events=events)


def _taken(change: BillingChange, dispute: Dispute, attempt: Attempt, target: Target, at: datetime) -> BillingChange:
    invoice, billing = change.invoice, change.billing
    if invoice is None or billing is None:
        return change
    credit = min(target.cents, attempt.credited_cents) if target.place is Place.LOST else 0
    owed = target.cents - credit if target.place is Place.LOST else 0
    was_held = dispute.moved_cents if dispute.place is Place.HELD else 0
    is_held = target.cents if target.place is Place.HELD else 0
    gone = target.cents if target.place is not Place.NONE else 0
    lines = Counter(
        {LedgerAccount.DISPUTED: is_held - was_held, LedgerAccount.FEES_RECEIVABLE: owed, LedgerAccount.CREDITS: credit}
    )
    lines[clearing_of(attempt)] += was_held - gone
    posting = billing.posted(lines, reference=f"{dispute.dispute_id}:{dispute.version}:{target.place}", at=at)
    noted = invoice.with_attempt(replace(attempt, credited_cents=attempt.credited_cents - credit), at)
    entries = (*change.entries, *((posting.entry,) if posting.entry else ()))
    after = replace(dispute, place=target.place, moved_cents=gone, owed_cents=owed)
    change = replace(change, billing=posting.account, invoice=noted, entries=entries, dispute=after)
    if credit:
        change = with_credit(change, attempt, -credit, at=at)
    return _owed_again(change, owed, at) if owed else change


def _owed_again(change: BillingChange, cents: int, at: datetime) -> BillingChange:
    """Have an invoice owed again: it is uncollectible until the person pays it another way."""
    invoice, billing = change.invoice, change.billing
    if invoice is None or billing is None:
        return change
    wanted = invoice.owed_cents + cents
    after = replace(
        invoice, status=InvoiceStatus.UNCOLLECTIBLE, reopened_cents=wanted, next_attempt_at=None, paid_at=None
    )
    owing = replace(billing, owed=_with(billing.owed, invoice.period))
    return with_hold(replace(change, billing=owing, invoice=after), after, at)


def _with(periods: tuple[str, ...], period: str) -> tuple[str, ...]:
    return (*(known for known in periods if known != period), period)


def with_card(billing: BillingAccount, attempt: Attempt, dispute: Dispute, at: datetime) -> BillingAccount:
    """Return the account whose card is charged no more while it is under dispute, and again once none is open."""
    method = next((known for known in billing.methods if known.method_id == attempt.method_id), None)
    if method is None:
        return billing
    disputes = _disputes(method.disputes, dispute)
    disputed_at = (method.disputed_at or at) if disputes else None
    return billing.with_method(replace(method, disputes=disputes, disputed_at=disputed_at))


def with_flag(invoice: Invoice, number: int, dispute: Dispute, at: datetime) -> Invoice:
    """Return the invoice whose attempt says by which disputes it is contested."""
    attempt = invoice.attempt(number)
    if attempt is None or (dispute.dispute_id in attempt.disputes) is not dispute.is_in_favour:
        return invoice
    return invoice.with_attempt(replace(attempt, disputes=_disputes(attempt.disputes, dispute)), at)


def _disputes(known: tuple[str, ...], dispute: Dispute) -> tuple[str, ...]:
    others = tuple(name for name in known if name != dispute.dispute_id)
    return others if dispute.is_in_favour else (*others, dispute.dispute_id)
