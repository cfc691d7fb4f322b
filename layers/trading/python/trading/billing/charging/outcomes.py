"""What is written when an attempt's outcome is known: the invoice, both books, and who is told."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.billing import events
from trading.billing.charging.ladder import stepped
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, InvoiceStatus, Rail
from trading.billing.invoices.service import settled_change
from trading.billing.ports import BillingBook, BillingChange, BillingStore
from trading.brokerage.schedule import LOOKED_AFTER
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled
from trading.ledger.models import Account, Entry
from trading.platform.clock import Clock
from trading.platform.errors import StaleRecord
from trading.platform.outbox import OutboxEvent

ATTEMPTS = 6
PROCESSED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """What is known of an attempt: its status, the partner's id of it, and why it failed."""

    status: AttemptStatus
    reference: str | None = None
    reason: str | None = None


def outcome(book: BillingBook, number: int, known: Known, at: datetime) -> BillingChange | None:
    """Return what is written when something is known of an attempt; None where nothing is new.

    An attempt that is settled stays so; only a success that comes after all is followed.
    """
    invoice, billing = book.invoice, book.billing
    before = invoice.attempt(number) if invoice else None
    if invoice is None or billing is None or before is None or not _is_news(before, known):
        return None
    after = replace(
        before,
        status=known.status,
        reference=known.reference or before.reference,
        reason=known.reason,
        updated_at=at,
    )
    changed = invoice.with_attempt(after, at)
    if known.status is AttemptStatus.PENDING:
        return BillingChange(invoice=replace(changed, look_at=at + PROCESSED_WITHIN))
    if known.status is AttemptStatus.REQUIRES_AUTHENTICATION:
        return _waiting(book, replace(changed, look_at=None), after, at)
    if changed.open_attempt is None:
        charging = {key: each for key, each in billing.charging.items() if key != invoice.period}
        book, changed = replace(book, billing=replace(billing, charging=charging)), replace(changed, look_at=None)
    if known.status is AttemptStatus.SUCCESS:
        held = Account.CASH if before.status.is_settled else Account.FEES_RESERVED
        return _paid(book, changed, after, (held, at))
    return _failed(book, changed, after, at)


def settle(
    store: BillingStore, book: BillingBook, number: int, known: Known, told: tuple[Clock, str | None]
) -> BillingBook:
    """Write what is known of an attempt; where somebody wrote first, read again and decide anew.

    `told` is the clock and the partner's event that led here.
    """
    clock, event_id = told
    for _ in range(ATTEMPTS):
        change = outcome(book, number, known, clock.now())
        if change is None or book.invoice is None:
            return book
        try:
            return written(store, book, replace(change, event_id=event_id))
        except AlreadyHandled:
            return book
        except StaleRecord:
            book = store.book(book.invoice.owner, book.invoice.period)
    raise StaleRecord("The invoice is busy; please try again.")


def written(store: BillingStore, book: BillingBook, change: BillingChange) -> BillingBook:
    """Write a step; return the book as it stands then."""
    made = store.commit(change)
    return BillingBook(made.billing or book.billing, made.account or book.account, made.invoice or book.invoice)


def looked(invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return what is written when an attempt was looked up once more and nothing was found out."""
    looks = attempt.looks + 1
    is_last = looks >= len(LOOKED_AFTER)
    seen = replace(attempt, looks=looks)
    look_at = None if is_last else at + LOOKED_AFTER[looks]
    told = (events.unknown(invoice, seen),) if is_last else ()
    return BillingChange(invoice=replace(invoice.with_attempt(seen, at), look_at=look_at), events=told)


def with_failed_step(book: BillingBook, invoice: Invoice, change: BillingChange, at: datetime) -> BillingChange:
    """Return a change with the ladder's next step, and with the hold where that was the last."""
    after = stepped(invoice, at)
    billing, account = change.billing or book.billing, change.account or book.account
    if after.status is not InvoiceStatus.UNCOLLECTIBLE or billing is None or invoice.status is after.status:
        return replace(change, invoice=after)
    uncollectible = (*(each for each in billing.uncollectible if each != invoice.period), invoice.period)
    held = replace(billing, uncollectible=uncollectible, hold_since=billing.hold_since or at, updated_at=at)
    told: tuple[OutboxEvent, ...] = () if billing.hold_since else (events.hold_set(after),)
    stopped = replace(account, billing_hold=True, updated_at=at) if account is not None else None
    return replace(change, invoice=after, billing=held, account=stopped, events=(*change.events, *told))


def reserved(
    account: TradingAccount, attempt: Attempt, reference: str, at: datetime
) -> tuple[TradingAccount, Entry | None]:
    """Return the account with the cash of an attempt held for it."""
    held = {Account.FEES_RESERVED: attempt.cents, Account.CASH: -attempt.cents}
    posting = account.posted({}, held, reference=reference, at=at)
    return posting.account, posting.entry


def _is_news(before: Attempt, known: Known) -> bool:
    if before.status is AttemptStatus.SUCCESS:
        return False
    if before.status is AttemptStatus.FAILED:
        return known.status is AttemptStatus.SUCCESS
    same = (known.status, known.reference or before.reference) == (before.status, before.reference)
    return not same or before.status is AttemptStatus.PENDING


def _waiting(book: BillingBook, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return a change with an attempt that waits for the person: its step came to nothing so far, and is counted."""
    change = BillingChange(invoice=invoice, events=(events.action_required(invoice, attempt),))
    if not attempt.is_step:
        return change
    return with_failed_step(book, invoice.with_attempt(replace(attempt, is_step=False), at), change, at)


def _paid(
    book: BillingBook, invoice: Invoice, attempt: Attempt, held: tuple[Account, datetime]
) -> BillingChange | None:
    """Return a change with an invoice that is paid; `held` is where the cash stood for it, and when it went."""
    if book.billing is None:
        return None
    source, at = held
    clearing = Account.CARD_CLEARING if attempt.rail is Rail.CARD else Account.FEE_CLEARING
    lines = {clearing: attempt.cents, Account.FEES_RECEIVABLE: -attempt.cents}
    posting = book.billing.posted(lines, reference=invoice.payment_id(attempt.number), at=at)
    paid = replace(invoice, status=InvoiceStatus.PAID, next_attempt_at=None, paid_at=invoice.paid_at or at)
    change = settled_change(book, replace(posting.account, updated_at=at), paid, at)
    change = _with_cash(book, change, attempt, (source, Account.FEES), at)
    entries = (posting.entry,) if posting.entry else ()
    told = (*change.events, events.charged(paid, attempt))
    return replace(change, entries=(*change.entries, *entries), events=told)


def _failed(book: BillingBook, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    change = BillingChange(billing=book.billing, invoice=invoice, events=(events.failed(invoice, attempt),))
    change = _with_cash(book, change, attempt, (Account.FEES_RESERVED, Account.CASH), at)
    return with_failed_step(book, invoice, change, at) if attempt.is_step else change


def _with_cash(
    book: BillingBook, change: BillingChange, attempt: Attempt, moves: tuple[Account, Account], at: datetime
) -> BillingChange:
    """Return a change with the cash that was held for an attempt gone where it belongs: spent, or free again."""
    account = change.account or book.account
    if attempt.rail is not Rail.CASH or account is None or change.invoice is None:
        return change
    (source, target), payment_id = moves, change.invoice.payment_id(attempt.number)
    before, after = {source: attempt.cents}, {target: attempt.cents}
    posting = account.posted(before, after, reference=f"{payment_id}:{attempt.status}", at=at)
    entries = (posting.entry,) if posting.entry else ()
    return replace(change, account=posting.account, entries=(*change.entries, *entries))
