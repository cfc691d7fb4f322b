"""Charging: one attempt at a time, written before the partner is asked, and found out about whatever happens.

    read ── choose method ── write (attempt, pending) ── ask partner ── write (outcome)

An attempt is sent under one key. Stripe remembers keys for 24 hours: what a search does not find is sent
again within 23 and answers what became of it; after that the charge is only searched for, by the invoice's
id in its metadata, and one that is not found an hour later never was. Brokerage cash is taken by a
redemption that carries the attempt's id, under the rules of withdrawals.

A charge that was declined can still be finished by whoever holds its secret. So it is canceled before
another begins, and one that was paid meanwhile pays the invoice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trading.billing.charging.dunning import is_dunning_due
from trading.billing.charging.limits import Why, last_card_charge, may_begin, refuse_too_many
from trading.billing.charging.outcomes import (
    AttemptSettlement,
    Known,
    not_sent,
    outcome,
    with_failed_dunning,
    with_lookup,
)
from trading.billing.charging.rails import NO_METHOD, Rail, Rails
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice
from trading.billing.models import BillingState
from trading.billing.ports import BillingChange, BillingStore
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.errors import AlreadyHandled
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.receipts import Receipts, RequestKey
from trading.platform.retry import retry_from

PAUSED, TOO_LITTLE_CASH, NEVER_ARRIVED = "trading_paused", "insufficient_funds", "never_arrived"

IsHalted = Callable[[], bool]


@dataclass(frozen=True)
class ChargeService:
    """Collects what is owed.

    While `is_halted` nothing is sent that was not: an attempt begins later, or is taken back where it was written.
    """

    store: BillingStore
    rails: Rails
    receipts: Receipts
    clock: Clock
    is_halted: IsHalted = lambda: False

    def dun(self, owner: str, period: str) -> Invoice | None:
        """Make an invoice's next dunning attempt, if it is due."""
        state = self.store.load(owner, period)
        if state.invoice is None or not is_dunning_due(state.invoice, self.clock.now()):
            return state.invoice
        return self._collect(state, Why(is_dunning=True))

    def on_new_method(self, owner: str, period: str) -> Invoice | None:
        """Charge an invoice that is due because another method became active, once each time it does.

        Raises:
            Unavailable: while money is halted; the method is tried afterwards.
        """
        state = self.store.load(owner, period)
        if state.invoice is None or state.invoice.due_on > trading_date(self.clock.now()):
            return state.invoice
        if state.invoice.status.is_owed and self.is_halted():
            raise Unavailable("No money is moved at present.", code=PAUSED)
        return self._collect(state, Why(is_switch=True))

    def find_owed(self, owner: str) -> tuple[str, ...]:
        """Return the months of a person's invoices that are owed."""
        billing = self.store.load(owner).billing
        return billing.owed if billing is not None else ()

    def pay(self, owner: str, invoice_id: str, key: RequestKey) -> tuple[Invoice, str | None, bool]:
        """Charge an invoice because the person wants to pay, once per key.

        Return it, the secret of a charge that waits for them, and whether the request came before.

        Raises:
            NotFound: if the person has no such invoice.
            Conflict: `not_payable`, `no_payment_method`, `too_many_attempts`.
            KeyReused: if the key came with another request before.
        """
        place = self.store.invoice_of(invoice_id)
        if place is None or place[0] != owner:
            raise NotFound("There is no such invoice.")
        known = self.receipts.find(key.receipt_id)
        if known is not None and key.matches(known):
            return (*self._load_shown(owner, place[1]), True)
        state = self.store.load(owner, place[1])
        if state.invoice is None or state.billing is None:
            raise NotFound("There is no such invoice.")
        if not state.invoice.status.is_owed:
            raise Conflict("The invoice is not owed.", code="not_payable")
        if state.invoice.open_attempt is None and state.billing.active_method is None:
            raise Conflict("There is no active payment method.", code="no_payment_method")
        if self.is_halted():
            raise Conflict("No money is moved at present; please try again later.", code=PAUSED)
        self._collect(state, Why(receipt=key.receipt(invoice_id)))
        return (*self._load_shown(owner, place[1]), False)

    def resume(self, owner: str, period: str) -> Invoice | None:
        """Find out what became of an attempt whose outcome is not known."""
        state = self.store.load(owner, period)
        invoice = state.invoice
        if invoice is None or invoice.lookup_at is None or invoice.lookup_at > self.clock.now():
            return invoice
        return self._resolve_open(state).invoice

    def follow(self, owner: str, period: str, number: int, known: Known, event_id: str | None = None) -> Invoice | None:
        """Follow a partner's word about an attempt."""
        return self._settlement.settle(self.store.load(owner, period), number, known, event_id).invoice

    @property
    def _settlement(self) -> AttemptSettlement:
        return AttemptSettlement(self.store, self.clock)

    def _collect(self, state: BillingState, why: Why) -> Invoice | None:
        """Collect what is owed; where somebody wrote first, read again and decide anew."""
        try:
            return retry_from(
                state, lambda: self._settlement.reload(state), lambda current: self._collect_once(current, why)
            )
        except AlreadyHandled:
            return self._settlement.reload(state).invoice

    def _collect_once(self, state: BillingState, why: Why) -> Invoice | None:
        state = self._settle_open(state, why)
        refuse_too_many(state, why, self.clock.now())
        state, is_over = self._cancel_last(state, why)
        return self._leave(state, why) if is_over else self._begin(state, why)

    def _settle_open(self, state: BillingState, why: Why) -> BillingState:
        """Return the state once the attempt before is settled, as far as that can be had."""
        if state.invoice is None or state.invoice.open_attempt is None or not state.invoice.status.is_owed:
            return state
        state = self._resolve_open(state)
        invoice, billing = state.require_invoice()
        attempt, active = invoice.open_attempt, billing.active_method
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION:
            return state
        if active is not None and active.method_id != attempt.method_id and attempt.reference is not None:
            known = self.rails.cards.cancel(attempt.reference)
            return self._settlement.settle(state, attempt.number, known)
        if why.is_dunning and is_dunning_due(invoice, self.clock.now()):
            # The person was notified once; the same charge waits for them.
            change = with_failed_dunning(state, invoice, BillingChange(), self.clock.now())
            return self._settlement.commit(state, change)
        return state

    def _cancel_last(self, state: BillingState, why: Why) -> tuple[BillingState, bool]:
        """Return the state once nobody can finish the charge before, and whether no other may begin."""
        if not may_begin(state, why, self.clock.now()):
            return state, True
        last = last_card_charge(state)
        if last is None or last.reference is None or last.status is AttemptStatus.SUCCESS:
            return state, False
        known = self.rails.cards.cancel(last.reference)
        if known.status is AttemptStatus.PENDING:
            return state, True
        state = self._settlement.settle(state, last.number, known)
        return state, not may_begin(state, why, self.clock.now())

    def _leave(self, state: BillingState, why: Why) -> Invoice | None:
        """Leave an invoice as it is; what a person asked for is known from now on."""
        if state.invoice is None or why.receipt is None:
            return state.invoice
        return self._settlement.commit(state, BillingChange(invoice=state.invoice, receipt=why.receipt)).invoice

    def _begin(self, state: BillingState, why: Why) -> Invoice | None:
        invoice, billing, now = state.invoice, state.billing, self.clock.now()
        if invoice is None or billing is None or self.is_halted():
            return invoice
        method = billing.active_method
        attempt = why.attempt(len(invoice.attempts) + 1, invoice.owed_cents, now)
        if method is None:
            return self._fail_uncharged(state, attempt, NO_METHOD, why)
        chosen = replace(attempt, method_id=method.method_id, rail=method.kind)
        rail = self.rails.of(method.kind)
        intent = self._intent(rail, state, chosen, why)
        if intent is None:
            # No cash is held for it, so none must be given back: it is no attempt on cash.
            return self._fail_uncharged(state, replace(chosen, rail=attempt.rail), TOO_LITTLE_CASH, why)
        state = self._settlement.commit(state, intent)
        known = self._ask(rail, state, chosen)
        return state.invoice if known is None else self._settlement.settle(state, attempt.number, known).invoice

    def _intent(self, rail: Rail, state: BillingState, attempt: Attempt, why: Why) -> BillingChange | None:
        """Return what is written before an attempt is sent: its key, its method, and what is held for it."""
        (invoice, billing), now = state.require_invoice(), self.clock.now()
        waiting = replace(invoice.with_attempt(attempt, now), lookup_at=now + LOOKUP_DELAYS[0])
        charging = replace(billing, charging={**billing.charging, invoice.period: attempt.method_id})
        change = BillingChange(billing=charging, invoice=waiting, receipt=why.receipt)
        return rail.with_reservation(state, attempt, change, now)

    def _ask(self, rail: Rail, state: BillingState, attempt: Attempt) -> Known | None:
        """Ask a partner for an attempt's amount; None where the resolver must find out."""
        if self.is_halted():
            return None
        try:
            return rail.charge(state, attempt)
        except (Unavailable, OutcomeUnknown):
            return None
        except Refused as refusal:
            rail.follow_refusal(state, attempt, refusal)
            return Known(AttemptStatus.FAILED, reason=refusal.code)

    def _resolve_open(self, state: BillingState) -> BillingState:
        """Find out what became of the open attempt; send it again while its key lives."""
        (invoice, _), now = state.require_invoice(), self.clock.now()
        attempt = invoice.open_attempt
        if attempt is None:
            return state
        known = self._find(state, attempt)
        if known is not None and (known.is_held or known.status is not AttemptStatus.PENDING):
            return self._settlement.settle(state, attempt.number, known)
        reference = (known.reference if known is not None else None) or attempt.reference
        if reference == attempt.reference and invoice.lookup_at is not None and invoice.lookup_at > now:
            return state
        return self._settlement.commit(state, with_lookup(invoice, replace(attempt, reference=reference), now))

    def _find(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Return what became of an attempt, by asking again if it must be; None where that is not known."""
        (invoice, _), age = state.require_invoice(), self.clock.now() - attempt.started_at
        rail = self.rails.of(attempt.rail)
        try:
            known = rail.find(state, attempt)
        except (Unavailable, OutcomeUnknown, Refused):
            return None
        if known is not None:
            return known
        if self.is_halted():
            return not_sent(attempt, is_over=age >= rail.lost_after)
        if age < rail.key_lifetime:
            # Nobody is asked for what is not owed any more.
            return self._ask(rail, state, attempt) if invoice.status.is_owed else None
        return Known(AttemptStatus.FAILED, reason=NEVER_ARRIVED) if age >= rail.lost_after else None

    def _fail_uncharged(self, state: BillingState, attempt: Attempt, reason: str, why: Why) -> Invoice | None:
        """Write a failed dunning attempt without a charge; in between there is none."""
        (invoice, _), now = state.require_invoice(), self.clock.now()
        if not attempt.is_dunning:
            return self._leave(state, why)
        tried = replace(invoice.with_attempt(attempt, now), lookup_at=None)
        known = Known(AttemptStatus.FAILED, reason=reason)
        change = outcome(replace(state, invoice=tried), attempt.number, known, now)
        if change is None:
            return invoice
        return self._settlement.commit(state, change).invoice

    def _load_shown(self, owner: str, period: str) -> tuple[Invoice, str | None]:
        """Return an invoice, and the secret by which the person finishes a charge that waits for them."""
        invoice, _ = self.store.load(owner, period).require_invoice()
        attempt = invoice.open_attempt
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION or not attempt.reference:
            return invoice, None
        return invoice, self.rails.cards.secret(attempt.reference)
