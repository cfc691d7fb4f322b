"""Refunds: what Stripe gave back of a payment, and what of that did not arrive. Nothing is refunded by us here."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.billing import outbox
from trading.billing.charging.receipts import clearing_of, with_credit
from trading.billing.invoices.models import Attempt, AttemptPlace
from trading.billing.models import BillingState
from trading.billing.ports import BillingChange, BillingStore, CardProcessor
from trading.ledger.models import LedgerAccount
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class RefundService:
    """Follows refunds: Stripe's list of them says what is gone, whatever event led here."""

    store: BillingStore
    processor: CardProcessor
    clock: Clock

    @retry_on_stale
    def follow(self, reference: str, place: AttemptPlace, event_id: str) -> None:
        """Follow the refunds of a charge."""
        state = self.store.load(place.owner, place.period)
        refunds = self.processor.refunds_of(reference)
        attempt = state.invoice.attempt(place.number) if state.invoice else None
        cents = sum(refund.cents for refund in refunds if refund.is_live)
        if state.invoice is None or state.billing is None or attempt is None or cents == attempt.refunded_cents:
            return
        change = _refunded(state, attempt, cents, event_id, self.clock.now())
        self.store.commit(replace(change, event_id=event_id))


def _refunded(state: BillingState, attempt: Attempt, cents: int, event_id: str, at: datetime) -> BillingChange:
    """Return what is written when so much is refunded in all: of a credit first, as that is owed to the person."""
    invoice, billing = state.invoice, state.billing
    if invoice is None or billing is None:
        return BillingChange()
    credit = min(cents, attempt.credited_cents + attempt.credit_refunded_cents)
    more_credit = credit - attempt.credit_refunded_cents
    more = cents - attempt.refunded_cents
    lines = {LedgerAccount.REFUNDS: more - more_credit, LedgerAccount.CREDITS: more_credit, clearing_of(attempt): -more}
    posting = billing.posted(lines, reference=event_id, at=at)
    after = replace(
        attempt,
        refunded_cents=cents,
        credit_refunded_cents=credit,
        credited_cents=attempt.credited_cents - more_credit,
    )
    events = (outbox.refund_failed(invoice, attempt, -more),) if more < 0 else ()
    change = BillingChange(
        billing=replace(posting.account, updated_at=at),
        invoice=invoice.with_attempt(after, at),
        entries=(posting.entry,) if posting.entry else (),
        events=events,
    )
    return with_credit(change, after, -more_credit, at=at) if more_credit else change
