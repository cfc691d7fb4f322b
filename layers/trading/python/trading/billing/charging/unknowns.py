"""Charges that nobody could find out about: an operator decides, and the partner is asked before that is believed."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.billing.charging.outcomes import Known, outcome
from trading.billing.charging.rails import Rails
from trading.billing.charging.service import NEVER_ARRIVED
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice
from trading.billing.models import BillingState
from trading.billing.ports import BillingChange, BillingStore
from trading.platform.clock import Clock
from trading.platform.documents import load
from trading.platform.errors import Refused
from trading.platform.retry import retry_on_stale
from trading.platform.unknowns import (
    Decision,
    Finding,
    Unknown,
    UnknownKind,
    already_resolved,
    not_at_partner,
    partner_knows_it,
    required_reference,
)
from trading.platform.unknowns import Known as Details


@dataclass(frozen=True)
class ChargeUnknowns:
    """Settles attempts that were left to a person; see `UnknownResolver`."""

    store: BillingStore
    rails: Rails
    clock: Clock

    @retry_on_stale
    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about the open attempt of an invoice; return its status then."""
        state, now = self.store.load(owner, sk.partition("#")[2]), self.clock.now()
        attempt = state.invoice.open_attempt if state.invoice is not None else None
        if state.invoice is None or attempt is None or not attempt.needs_person:
            raise already_resolved()
        change = self._decide(state, state.invoice, attempt, finding, now)
        written = self.store.commit(replace(change, audit=finding.audit, action="resolve_unknown", at=now))
        after = written.invoice.attempt(attempt.number) if written.invoice is not None else None
        return (after or attempt).status.value

    def _decide(
        self, state: BillingState, invoice: Invoice, attempt: Attempt, finding: Finding, now: datetime
    ) -> BillingChange:
        if finding.decision is Decision.LOOK_AGAIN:
            again = replace(attempt, lookups=0, needs_person=False)
            return BillingChange(invoice=replace(invoice.with_attempt(again, now), lookup_at=now))
        if finding.decision is Decision.ARRIVED:
            known = self._confirm_record(invoice, attempt, required_reference(finding))
        else:
            known = self._confirm_absent(state, attempt)
        return outcome(state, attempt.number, known, now) or BillingChange(invoice=invoice)

    def _confirm_absent(self, state: BillingState, attempt: Attempt) -> Known:
        """Return that an attempt came to nothing, once the partner says so. Raises Conflict if it did arrive."""
        try:
            known = self.rails.of(attempt.rail).find(state, attempt)
        except Refused:
            known = None
        if known is None:
            return Known(AttemptStatus.FAILED, reason=NEVER_ARRIVED)
        if known.status is AttemptStatus.REQUIRES_AUTHENTICATION and known.reference is not None:
            known = self.rails.cards.cancel(known.reference)
        if known.status is not AttemptStatus.FAILED:
            raise partner_knows_it()
        return known

    def _confirm_record(self, invoice: Invoice, attempt: Attempt, reference: str) -> Known:
        """Return what a partner's record says of an attempt. Raises Conflict if it is none of it."""
        try:
            known = self.rails.of(attempt.rail).read_record(invoice, attempt, reference)
        except Refused:
            known = None
        if known is None:
            raise not_at_partner()
        return known


def describe_invoice(owner: str, document: str) -> Unknown | None:
    """Return what is unknown about the open attempt of an invoice; None where nothing is."""
    invoice = load(Invoice, document)
    attempt = invoice.open_attempt
    if attempt is None or not attempt.needs_person:
        return None
    known: Details = {
        "invoice_id": invoice.invoice_id,
        "amount_cents": attempt.cents,
        "method": attempt.rail.value,
        "lookups": attempt.lookups,
        "partner_reference": attempt.reference,
    }
    payment_id = invoice.payment_id(attempt.number)
    return Unknown(UnknownKind.CHARGE, owner, payment_id, attempt.started_at, attempt.status.value, known)
