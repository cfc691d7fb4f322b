"""What is written when an attempt's outcome is known: the invoice, both journals, and the events."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.billing import outbox
from trading.billing.charging.dunning import dunned
from trading.billing.charging.receipts import received
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, InvoiceStatus
from trading.billing.models import BillingState
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.billing.ports import BillingChange, BillingStore
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled
from trading.ledger.models import Entry, LedgerAccount
from trading.platform.clock import Clock
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_from

PROCESSED_WITHIN = timedelta(days=1)
HELD_FOR = timedelta(minutes=15)
"""How soon a payment that was halted has its next lookup."""
MAX_LOOKUPS, MAX_PENDING = 5, timedelta(hours=72)
WITHDRAWN = "withdrawn"
"""Why an attempt failed that we took back ourselves, since nobody wants it any more: nobody is notified."""


@dataclass(frozen=True)
class Known:
    """What is known of an attempt: its status, the partner's id of it, and why it failed.

    One that `is_held` we keep from going on ourselves, since money is halted.
    """

    status: AttemptStatus
    reference: str | None = None
    reason: str | None = None
    is_held: bool = False


HELD_BACK = Known(AttemptStatus.FAILED, reason="money_stopped")
"""An attempt that was not sent before money was halted, for so long that it begins anew: nothing is counted."""


@dataclass(frozen=True)
class CashMove:
    """Where the cash of an attempt was, and where it goes."""

    source: LedgerAccount
    target: LedgerAccount


RELEASED = CashMove(LedgerAccount.FEES_RESERVED, LedgerAccount.CASH)
SPENT = CashMove(LedgerAccount.FEES_RESERVED, LedgerAccount.FEES)
SPENT_LATE = CashMove(LedgerAccount.CASH, LedgerAccount.FEES)
"""Of an attempt that had failed before: its cash was free again."""


def not_sent(attempt: Attempt, *, is_over: bool) -> Known:
    """Return what is known of an attempt that is not sent while money is halted; one that `is_over` is not counted."""
    return HELD_BACK if is_over else Known(AttemptStatus.PENDING, attempt.reference, is_held=True)


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
        return BillingChange(invoice=replace(changed, lookup_at=at + HELD_FOR))
    if known.status is AttemptStatus.PENDING:
        is_first = before.status is not AttemptStatus.PENDING or before.reference is None or invoice.lookup_at is None
        return BillingChange(invoice=replace(changed, lookup_at=at + PROCESSED_WITHIN) if is_first else changed)
    if known.status is AttemptStatus.REQUIRES_AUTHENTICATION:
        return _waiting(state, replace(changed, lookup_at=None), after, at)
    if changed.open_attempt is None:
        charging = {period: method_id for period, method_id in billing.charging.items() if period != invoice.period}
        state, changed = replace(state, billing=replace(billing, charging=charging)), replace(changed, lookup_at=None)
    if known.status is AttemptStatus.SUCCESS:
        return _paid(state, changed, after, SPENT_LATE if before.status.is_settled else SPENT, at)
    return _failed(state, changed, after, at)


@dataclass(frozen=True)
class AttemptSettlement:
    """Writes what is known of attempts."""

    store: BillingStore
    clock: Clock

    def settle(self, state: BillingState, number: int, known: Known, event_id: str | None = None) -> BillingState:
        """Write what is known of an attempt; where somebody wrote first, read again and decide anew.

        `event_id` is the partner's event that led here.
        """
        return retry_from(
            state, lambda: self.reload(state), lambda current: self._write(current, number, known, event_id)
        )

    def reload(self, state: BillingState) -> BillingState:
        """Return the state of an invoice as it is now."""
        invoice, _ = state.require_invoice()
        return self.store.load(invoice.owner, invoice.period)

    def commit(self, state: BillingState, change: BillingChange) -> BillingState:
        """Write a change; return the state after it."""
        made = self.store.commit(change)
        return BillingState(made.billing or state.billing, made.account or state.account, made.invoice or state.invoice)

    def _write(self, state: BillingState, number: int, known: Known, event_id: str | None) -> BillingState:
        change = outcome(state, number, known, self.clock.now())
        if change is None:
            return state
        try:
            return self.commit(state, replace(change, event_id=event_id))
        except AlreadyHandled:
            return state


def with_lookup(invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return what is written when an attempt had a lookup more and is not settled.

    After the fifth lookup, or three days, a person must find out, too; the lookups go on daily all the while.
    """
    lookups = attempt.lookups + 1
    waited = at - (attempt.updated_at or attempt.started_at)
    needs_person = attempt.needs_person or lookups >= MAX_LOOKUPS or waited >= MAX_PENDING
    counted = replace(attempt, lookups=lookups, needs_person=needs_person)
    is_daily = needs_person or attempt.reference is not None or lookups >= len(LOOKUP_DELAYS)
    lookup_at = at + (PROCESSED_WITHIN if is_daily else LOOKUP_DELAYS[lookups])
    after = replace(invoice.with_attempt(counted, at), lookup_at=lookup_at)
    events = (outbox.unknown(after, counted),) if needs_person and not attempt.needs_person else ()
    return BillingChange(invoice=after, events=events)


def with_failed_dunning(state: BillingState, invoice: Invoice, change: BillingChange, at: datetime) -> BillingChange:
    """Return a change with a dunning attempt counted, and with the hold where that was the last."""
    after = dunned(invoice, at)
    billing, account = change.billing or state.billing, change.account or state.account
    if after.status is not InvoiceStatus.UNCOLLECTIBLE or billing is None or invoice.status is after.status:
        return replace(change, invoice=after)
    return with_hold(replace(change, billing=billing, account=account), after, at)


def with_hold(change: BillingChange, invoice: Invoice, at: datetime) -> BillingChange:
    """Return a change with the hold that an invoice leads to which cannot be collected."""
    billing, account = change.billing, change.account
    if billing is None:
        return replace(change, invoice=invoice)
    uncollectible = (*(period for period in billing.uncollectible if period != invoice.period), invoice.period)
    after = replace(billing, uncollectible=uncollectible, hold_since=billing.hold_since or at, updated_at=at)
    events: tuple[OutboxEvent, ...] = () if billing.hold_since else (outbox.hold_set(invoice),)
    stopped = replace(account, billing_hold=True, updated_at=at) if account is not None else None
    return replace(change, invoice=invoice, billing=after, account=stopped, events=(*change.events, *events))


def reserved(
    account: TradingAccount, attempt: Attempt, reference: str, at: datetime
) -> tuple[TradingAccount, Entry | None]:
    """Return the account with the cash of an attempt held for it."""
    lines = {LedgerAccount.FEES_RESERVED: attempt.cents, LedgerAccount.CASH: -attempt.cents}
    posting = account.posted({}, lines, reference=reference, at=at)
    return posting.account, posting.entry


def _is_news(before: Attempt, known: Known) -> bool:
    if before.status is AttemptStatus.SUCCESS:
        return False
    if before.status is AttemptStatus.FAILED:
        return known.status is AttemptStatus.SUCCESS
    return known.is_held or (known.status, known.reference or before.reference) != (before.status, before.reference)


def _waiting(state: BillingState, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    """Return a change with an attempt that waits for the person: dunning came to nothing so far, and is counted."""
    change = BillingChange(invoice=invoice, events=(outbox.action_required(invoice, attempt),))
    if not attempt.is_dunning:
        return change
    return with_failed_dunning(state, invoice.with_attempt(replace(attempt, is_dunning=False), at), change, at)


def _paid(
    state: BillingState, invoice: Invoice, attempt: Attempt, move: CashMove, at: datetime
) -> BillingChange | None:
    """Return a change with money that came."""
    reference = invoice.payment_id(attempt.number)
    change = received(replace(state, invoice=invoice), attempt, attempt.cents, reference=reference, at=at)
    return _with_cash(state, change, attempt, move, at)


def _failed(state: BillingState, invoice: Invoice, attempt: Attempt, at: datetime) -> BillingChange:
    is_ours = attempt.reason in {WITHDRAWN, HELD_BACK.reason}
    events = () if is_ours else (outbox.failed(invoice, attempt),)
    change = BillingChange(billing=state.billing, invoice=invoice, events=events)
    change = _with_cash(state, change, attempt, RELEASED, at)
    counts = attempt.is_dunning and attempt.reason != HELD_BACK.reason
    return with_failed_dunning(state, invoice, change, at) if counts else change


def _with_cash(
    state: BillingState, change: BillingChange, attempt: Attempt, move: CashMove, at: datetime
) -> BillingChange:
    """Return a change with the cash that was held for an attempt gone where it belongs: spent, or free again."""
    account = change.account or state.account
    if attempt.rail is not PaymentMethodKind.CASH or account is None or change.invoice is None:
        return change
    payment_id = change.invoice.payment_id(attempt.number)
    before, after = {move.source: attempt.cents}, {move.target: attempt.cents}
    posting = account.posted(before, after, reference=f"{payment_id}:{attempt.status}", at=at)
    entries = (posting.entry,) if posting.entry else ()
    return replace(change, account=posting.account, entries=(*change.entries, *entries))
