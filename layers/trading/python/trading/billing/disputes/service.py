"""Disputes, followed to their end: what an event is about is read at Stripe itself, since events come in any order.

The record is read before Stripe is asked, and written on the condition that nobody wrote since: so what was
asked earlier never takes the place of what was asked later.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from trading.billing import outbox
from trading.billing.disputes.models import Dispute, DisputeNote, DisputeReport, DisputeState, is_worse, place_of
from trading.billing.disputes.moves import Target, moved, with_card, with_flag
from trading.billing.disputes.ports import DisputeStore
from trading.billing.invoices.models import Attempt, AttemptPlace, Invoice
from trading.billing.models import BillingState
from trading.billing.ports import BillingChange, BillingStore, CardProcessor
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class DisputeService:
    """Follows disputes of charges of ours."""

    store: BillingStore
    disputes: DisputeStore
    processor: CardProcessor
    clock: Clock

    @retry_on_stale
    def follow(self, dispute_id: str, place: AttemptPlace, event_id: str | None = None) -> None:
        """Follow a dispute of an attempt."""
        state, known = self.store.load(place.owner, place.period), self.disputes.find(place.owner, dispute_id)
        report, now = self.processor.dispute(dispute_id), self.clock.now()
        if report.state is None:
            count("UnknownDisputeStatuses")
        attempt = state.invoice.attempt(place.number) if state.invoice else None
        if state.invoice is None or state.billing is None or attempt is None:
            return
        before = known or _opened(state.invoice, attempt, report, now)
        change = _followed(state, before, attempt, report, now)
        if known is not None and change.dispute == replace(known, updated_at=now):
            return
        events = _events_of(known, change, attempt)
        self.store.commit(replace(change, events=(*change.events, *events), event_id=event_id))


@dataclass(frozen=True)
class DisputeWatch:
    """Follows disputes that are open: an event may be lost, and a deadline passes without one."""

    disputes: DisputeStore
    service: DisputeService
    clock: Clock

    @retry_on_stale
    def resume(self, owner: str, dispute_id: str) -> None:
        """Follow a dispute that is due as it is at Stripe, and warn operators where its deadline is near or passed.

        They are warned even if Stripe cannot be asked.
        """
        known, now = self.disputes.find(owner, dispute_id), self.clock.now()
        if known is None or known.due_at is None or known.due_at > now:
            return
        with suppress(Unavailable, OutcomeUnknown, Refused):
            self.service.follow(dispute_id, AttemptPlace(owner, known.period, known.number))
        known = self.disputes.find(owner, dispute_id) or known
        warning = known.warning_at(now)
        after = replace(known, last_lookup_at=now, warned_of=warning or known.warned_of)
        events = (outbox.evidence_wanted(after, is_late=after.is_overdue(now)),) if warning is not None else ()
        self.service.store.commit(BillingChange(dispute=after, events=events))


@dataclass(frozen=True)
class DisputeNotes:
    """Lets operators note what they do about a dispute."""

    store: BillingStore
    disputes: DisputeStore
    clock: Clock

    @retry_on_stale
    def note(self, dispute_id: str, text: str, audit: Audit) -> Dispute:
        """Add a note.

        Raises:
            NotFound: if there is no such dispute.
        """
        owner = self.disputes.owner_of(dispute_id)
        known = self.disputes.find(owner, dispute_id) if owner is not None else None
        if known is None:
            raise NotFound("There is no such dispute.")
        now = self.clock.now()
        after = known.with_note(DisputeNote(now, audit.actor, text))
        self.store.commit(BillingChange(dispute=after, audit=audit, action="note_dispute", at=now))
        return after


def _opened(invoice: Invoice, attempt: Attempt, report: DisputeReport, at: datetime) -> Dispute:
    state = report.state or DisputeState.NEEDS_RESPONSE
    return Dispute(
        dispute_id=report.dispute_id,
        owner=invoice.owner,
        period=invoice.period,
        number=attempt.number,
        cents=report.cents,
        reason=report.reason,
        state=state,
        opened_at=at,
        updated_at=at,
    )


def _followed(
    state: BillingState, before: Dispute, attempt: Attempt, report: DisputeReport, at: datetime
) -> BillingChange:
    dispute = before.reported(report, at)
    cents = min(max(report.withdrawn_cents, 0), attempt.cents)
    target = Target(place_of(dispute.state, cents), cents)
    change = moved(state, dispute, attempt, target, at)
    if change.billing is None or change.invoice is None:
        return change
    billing = replace(with_card(change.billing, attempt, dispute, at), updated_at=at)
    return replace(change, billing=billing, invoice=with_flag(change.invoice, attempt.number, dispute, at))


def _is_contested_again(known: Dispute | None, dispute: Dispute) -> bool:
    return known is not None and known.is_in_favour and not dispute.state.is_decided


def _events_of(known: Dispute | None, change: BillingChange, attempt: Attempt) -> tuple[OutboxEvent, ...]:
    dispute, invoice = change.dispute, change.invoice
    if dispute is None or invoice is None:
        return ()
    events: list[OutboxEvent] = []
    is_new = known is None
    if (is_new or _is_contested_again(known, dispute)) and not dispute.is_in_favour:
        events.append(outbox.payment_disputed(invoice, attempt, dispute))
    if is_worse(known.state if known else None, dispute.state) or (known is not None and known.place != dispute.place):
        events.append(outbox.disputed(invoice, attempt, dispute))
    was_decided = known is not None and known.state is dispute.state
    if dispute.state.is_decided and not was_decided and not (is_new and dispute.is_in_favour):
        events.append(outbox.dispute_closed(invoice, attempt, dispute))
    return tuple(events)
