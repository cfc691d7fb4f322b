"""What is written when an attempt's outcome is known: the invoice, both books, and who is told."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.billing import outbox
from trading.billing.charging.ladder import stepped
from trading.billing.charging.receipts import received
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, InvoiceStatus, Rail
from trading.billing.models import BillingAccount
from trading.billing.ports import BillingChange, BillingState, BillingStore
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled
from trading.ledger.models import Entry, LedgerAccount
from trading.platform.clock import Clock
from trading.platform.errors import NotFound, StaleRecord
from trading.platform.outbox import OutboxEvent

ATTEMPTS = 6
PROCESSED_WITHIN = timedelta(days=1)
HELD_FOR = timedelta(minutes=15)
"""How soon it is looked whether money that was stopped moves again."""
MAX_LOOKUPS, MAX_PENDING = 5, timedelta(hours=72)
WITHDRAWN = "withdrawn"
"""Why an attempt failed that we took back ourselves, since nobody wants it any more: nobody is told."""


@dataclass(frozen=True)
class Known:
    """What is known of an attempt: its status, the partner's id of it, and why it failed.

    One that `is_held` we keep from going on ourselves, since money is stopped.
    """

    status: AttemptStatus
    reference: str | None = None
    reason: str | None = None
    is_held: bool = False


HELD_BACK = Known(AttemptStatus.FAILED, reason="money_stopped")
"""An attempt that was not sent before money was stopped, for so long that it begins anew: no step is counted."""


def not_sent(attempt: Attempt, *, is_over: bool) -> Known:
    """Return what is known of an attempt that is not sent while money is stopped; one that `is_over` costs no step."""
    return HELD_BACK if is_over else Known(AttemptStatus.PENDING, attempt.reference, is_held=True)


def present(state: BillingState) -> tuple[Invoice, BillingAccount]:
    """Return an invoice with its person's billing. Raises NotFound if there is none."""
    if state.invoice is None or state.billing is None:
        raise NotFound("There is no such invoice.")
    return state.invoice, state.billing


def outcome(state: BillingState, number: int, known: Known, at: datetime) -> BillingChange | None:
    """Return what is written when something is known of an attempt; None where nothing is new.

    An attempt that is settled stays so; only a success that comes after all is followed.
    """
    invoice, billing = state.invoice, state.billing
    before = invoice.attempt(number) if invoice else None
    if invoice is None or billing is None or before is None or not _is_news(before, known):
        return None
    after = replace(
        before,
        status=known.status,
        reference=known.reference or before.reference,
        reason=known.reason,
        needs_person=before.needs_person and known.status is AttemptStatus.PENDING,
        updated_at=at,
    )
    changed = invoice.with_attempt(after, at)
    if known.is_held:
        return BillingChange(invoice=replace(changed, look_at=at + HELD_FOR))
    if known.status is AttemptStatus.PENDING:
        is_first = before.status is not AttemptStatus.PENDING or before.reference is None or invoice.look_at is None
        return BillingChange(invoice=replace(changed, look_at=at + PROCESSED_WITHIN) if is_first else changed)
    if known.status is AttemptStatus.REQUIRES_AUTHENTICATION:
        return _waiting(state, replace(changed, look_at=None), after, at)
    if changed.open_attempt is None:
        charging = {key: each for key, each in billing.charging.items() if key != invoice.period}
        state, changed = replace(state, billing=replace(billing, charging=charging)), replace(changed, look_at=None)
    if known.status is AttemptStatus.SUCCESS:
        held = LedgerAccount.CASH if before.status.is_settled else LedgerAccount.FEES_RESERVED
        return _paid(state, changed, after, (held, at))
    return _failed(state, changed, after, at)


def settle(
    store: BillingStore, state: BillingState, number: int, known: Known, told: tuple[Clock, str | None]
) -> BillingState:
    """Write what is known of an attempt; where somebody wrote first, read again and decide anew.

    `told` is the clock and the partner's event that led here.
    """
    clock, event_id = told
    for _ in range(ATTEMPTS):
        change = outcome(state, number, known, clock.now())
        if change is None or state.invoice is None:
            return state
        try:
            return written(store, state, replace(change, event_id=event_id))
        except AlreadyHandled:
            return state
        except StaleRecord:
            state = store.load(state.invoice.owner, state.invoice.period)
    raise StaleRecord("The invoice is busy; please try again.")


def written(store: BillingStore, state: BillingState, change: BillingChange) -> BillingState:
    """Write a step; return the book as it stands then."""
    made = store.commit(change)
    return BillingState(made.billing or state.billing, made.account or state.account, made.invoice or state.invoice)


def looked(invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return what is written when an attempt was looked up once more and is not settled.

    After the fifth time, or three days, a person must look, too; what comes of it is looked up daily all the while.
    """
    looks = attempt.looks + 1
    waited = at - (attempt.updated_at or attempt.started_at)
    needs_person = attempt.needs_person or looks >= MAX_LOOKUPS or waited >= MAX_PENDING
    seen = replace(attempt, looks=looks, needs_person=needs_person)
    is_daily = needs_person or attempt.reference is not None or looks >= len(LOOKUP_DELAYS)
    look_at = at + (PROCESSED_WITHIN if is_daily else LOOKUP_DELAYS[looks])
    after = replace(invoice.with_attempt(seen, at), look_at=look_at)
    told = (outbox.unknown(after, seen),) if needs_person and not attempt.needs_person else ()
    return BillingChange(invoice=after, events=told)


def with_failed_step(state: BillingState, invoice: Invoice, change: BillingChange, at: datetime) -> BillingChange:
    """Return a change with the ladder's next step, and with the hold where that was the last."""
    after = stepped(invoice, at)
    billing, account = change.billing or state.billing, change.account or state.account
    if after.status is not InvoiceStatus.UNCOLLECTIBLE or billing is None or invoice.status is after.status:
        return replace(change, invoice=after)
    return held(replace(change, billing=billing, account=account), after, at)


def held(change: BillingChange, invoice: Invoice, at: datetime) -> BillingChange:
    """Return a change with the hold that an invoice leads to which cannot be collected."""
    billing, account = change.billing, change.account
    if billing is None:
        return replace(change, invoice=invoice)
    uncollectible = (*(each for each in billing.uncollectible if each != invoice.period), invoice.period)
    after = replace(billing, uncollectible=uncollectible, hold_since=billing.hold_since or at, updated_at=at)
    told: tuple[OutboxEvent, ...] = () if billing.hold_since else (outbox.hold_set(invoice),)
    stopped = replace(account, billing_hold=True, updated_at=at) if account is not None else None
    return replace(change, invoice=invoice, billing=after, account=stopped, events=(*change.events, *told))


def reserved(
    account: TradingAccount, attempt: Attempt, reference: str, at: datetime
) -> tuple[TradingAccount, Entry | None]:
    """Return the account with the cash of an attempt held for it."""
    held = {LedgerAccount.FEES_RESERVED: attempt.cents, LedgerAccount.CASH: -attempt.cents}
    posting = account.posted({}, held, reference=reference, at=at)
    return posting.account, posting.entry


def _is_news(before: Attempt, known: Known) -> bool:
    if before.status is AttemptStatus.SUCCESS:
        return False
    if before.status is AttemptStatus.FAILED:
        return known.status is AttemptStatus.SUCCESS
    return known.is_held or (known.status, known.reference or before.reference) != (before.status, before.reference)


def _waiting(state: BillingState, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return a change with an attempt that waits for the person: its step came to nothing so far, and is counted."""
    change = BillingChange(invoice=invoice, events=(outbox.action_required(invoice, attempt),))
    if not attempt.is_step:
        return change
    return with_failed_step(state, invoice.with_attempt(replace(attempt, is_step=False), at), change, at)


def _paid(
    state: BillingState, invoice: Invoice, attempt: Attempt, held: tuple[LedgerAccount, datetime]
) -> BillingChange | None:
    """Return a change with money that came; `held` is where the cash stood for it, and when it went."""
    source, at = held
    reference = invoice.payment_id(attempt.number)
    change = received(replace(state, invoice=invoice), attempt, attempt.cents, reference=reference, at=at)
    return _with_cash(state, change, attempt, (source, LedgerAccount.FEES), at)


def _failed(state: BillingState, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    is_ours = attempt.reason in {WITHDRAWN, HELD_BACK.reason}
    told = () if is_ours else (outbox.failed(invoice, attempt),)
    change = BillingChange(billing=state.billing, invoice=invoice, events=told)
    change = _with_cash(state, change, attempt, (LedgerAccount.FEES_RESERVED, LedgerAccount.CASH), at)
    counts = attempt.is_step and attempt.reason != HELD_BACK.reason
    return with_failed_step(state, invoice, change, at) if counts else change


def _with_cash(
    state: BillingState,
    change: BillingChange,
    attempt: Attempt,
    moves: tuple[LedgerAccount, LedgerAccount],
    at: datetime,
) -> BillingChange:
    """Return a change with the cash that was held for an attempt gone where it belongs: spent, or free again."""
    account = change.account or state.account
    if attempt.rail is not Rail.CASH or account is None or change.invoice is None:
        return change
    (source, target), payment_id = moves, change.invoice.payment_id(attempt.number)
    before, after = {source: attempt.cents}, {target: attempt.cents}
    posting = account.posted(before, after, reference=f"{payment_id}:{attempt.status}", at=at)
    entries = (posting.entry,) if posting.entry else ()
    return replace(change, account=posting.account, entries=(*change.entries, *entries))
