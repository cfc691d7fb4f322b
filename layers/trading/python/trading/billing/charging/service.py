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

from trading.billing.charging.collecting import CardRail, CashRail
from trading.billing.charging.ladder import is_step_due
from trading.billing.charging.limits import Why, last_card_charge, may_begin, refuse_too_many
from trading.billing.charging.outcomes import (
    Known,
    looked,
    not_sent,
    outcome,
    present,
    reserved,
    settle,
    with_failed_step,
    written,
)
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, Rail
from trading.billing.methods.models import MethodKind
from trading.billing.ports import BillingChange, BillingState, BillingStore
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.errors import AlreadyHandled
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, StaleRecord, Unavailable
from trading.platform.receipts import Receipts, RequestKey

ATTEMPTS = 6
MISSING, PAUSED = "resource_missing", "trading_paused"
NO_METHOD, TOO_LITTLE_CASH, NEVER_ARRIVED = "no_payment_method", "insufficient_funds", "never_arrived"

OnMissing = Callable[[str, str, str], object]
IsStopped = Callable[[], bool]


@dataclass(frozen=True)
class ChargeService:
    """Collects what is owed. `on_missing` follows that Stripe does not find customer or card.

    While `is_stopped` nothing is sent that was not: an attempt begins later, or is taken back where it was written.
    """

    store: BillingStore
    cards: CardRail
    cash: CashRail
    receipts: Receipts
    clock: Clock
    on_missing: OnMissing
    is_stopped: IsStopped = lambda: False

    def step(self, owner: str, period: str) -> Invoice | None:
        """Take an invoice's next step on the ladder, if it is due."""
        state = self.store.load(owner, period)
        if state.invoice is None or not is_step_due(state.invoice, self.clock.now()):
            return state.invoice
        return self._go_on(owner, period, Why(is_step=True))

    def on_new_method(self, owner: str, period: str) -> Invoice | None:
        """Charge an invoice that is due because another method became active, once each time it does.

        Raises:
            Unavailable: while money is stopped; the method is tried afterwards.
        """
        state = self.store.load(owner, period)
        if state.invoice is None or state.invoice.due_on > trading_date(self.clock.now()):
            return state.invoice
        if state.invoice.status.is_owed and self.is_stopped():
            raise Unavailable("No money is moved at present.", code=PAUSED)
        return self._go_on(owner, period, Why(is_switch=True))

    def owed(self, owner: str) -> tuple[str, ...]:
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
            return (*self._shown(owner, place[1]), True)
        state = self.store.load(owner, place[1])
        if state.invoice is None or state.billing is None:
            raise NotFound("There is no such invoice.")
        if not state.invoice.status.is_owed:
            raise Conflict("The invoice is not owed.", code="not_payable")
        if state.invoice.open_attempt is None and state.billing.active_method is None:
            raise Conflict("There is no active payment method.", code=NO_METHOD)
        if self.is_stopped():
            raise Conflict("No money is moved at present; please try again later.", code=PAUSED)
        self._go_on(owner, place[1], Why(receipt=key.receipt(invoice_id)))
        return (*self._shown(owner, place[1]), False)

    def resume(self, owner: str, period: str) -> Invoice | None:
        """Find out what became of an attempt whose outcome is not known."""
        state = self.store.load(owner, period)
        invoice = state.invoice
        if invoice is None or invoice.look_at is None or invoice.look_at > self.clock.now():
            return invoice
        return self._look(state).invoice

    def follow(self, owner: str, period: str, number: int, known: Known, event_id: str | None = None) -> Invoice | None:
        """Follow a partner's word about an attempt."""
        return self._settle(self.store.load(owner, period), number, known, event_id).invoice

    def _go_on(self, owner: str, period: str, why: Why) -> Invoice | None:
        for _ in range(ATTEMPTS):
            try:
                state = self._without_open(self.store.load(owner, period), why)
                refuse_too_many(state, why, self.clock.now())
                state, is_over = self._without_last(state, why)
                return self._left(state, why) if is_over else self._begin(state, why)
            except StaleRecord:
                continue
            except AlreadyHandled:
                return self.store.load(owner, period).invoice
        raise StaleRecord("The invoice is busy; please try again.")

    def _without_open(self, state: BillingState, why: Why) -> BillingState:
        """Return the book once the attempt before is settled, as far as that can be had."""
        if state.invoice is None or state.invoice.open_attempt is None or not state.invoice.status.is_owed:
            return state
        state = self._look(state)
        invoice, billing = present(state)
        attempt, active = invoice.open_attempt, billing.active_method
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION:
            return state
        if active is not None and active.method_id != attempt.method_id and attempt.reference is not None:
            return self._settle(state, attempt.number, self.cards.cancelled(attempt.reference))
        if why.is_step and is_step_due(invoice, self.clock.now()):
            # The person was told once; the same charge waits for them.
            return self._written(state, with_failed_step(state, invoice, BillingChange(), self.clock.now()))
        return state

    def _without_last(self, state: BillingState, why: Why) -> tuple[BillingState, bool]:
        """Return the book once nobody can finish the charge before, and whether no other may begin."""
        if not may_begin(state, why, self.clock.now()):
            return state, True
        last = last_card_charge(state)
        if last is None or last.reference is None or last.status is AttemptStatus.SUCCESS:
            return state, False
        known = self.cards.cancelled(last.reference)
        if known.status is AttemptStatus.PENDING:
            return state, True
        state = self._settle(state, last.number, known)
        return state, not may_begin(state, why, self.clock.now())

    def _left(self, state: BillingState, why: Why) -> Invoice | None:
        """Leave an invoice as it is; what a person asked for is known from now on."""
        if state.invoice is None or why.receipt is None:
            return state.invoice
        return self._written(state, BillingChange(invoice=state.invoice, receipt=why.receipt)).invoice

    def _begin(self, state: BillingState, why: Why) -> Invoice | None:
        invoice, billing, now = state.invoice, state.billing, self.clock.now()
        if invoice is None or billing is None or self.is_stopped():
            return invoice
        method = billing.active_method
        number, cents = len(invoice.attempts) + 1, invoice.owed_cents
        attempt = why.attempt(number, cents, now)
        if method is None:
            return self._nothing_to_charge(state, attempt, NO_METHOD, why)
        rail = Rail.CASH if method.kind is MethodKind.CASH else Rail.CARD
        attempt = replace(attempt, method_id=method.method_id, rail=rail)
        if rail is Rail.CASH and (state.account is None or state.account.cash_cents < cents):
            # No cash is held for it, so none must be given back.
            return self._nothing_to_charge(state, replace(attempt, rail=Rail.CARD), TOO_LITTLE_CASH, why)
        return self._send(self._intended(state, attempt, why), attempt.number).invoice

    def _intended(self, state: BillingState, attempt: Attempt, why: Why) -> BillingState:
        """Write an attempt before it is sent: its key, its method, and the cash that is held for it."""
        (invoice, billing), now = present(state), self.clock.now()
        waiting = replace(invoice.with_attempt(attempt, now), look_at=now + LOOKUP_DELAYS[0])
        charging = replace(billing, charging={**billing.charging, invoice.period: attempt.method_id})
        change = BillingChange(billing=charging, invoice=waiting, receipt=why.receipt)
        if attempt.rail is Rail.CASH and state.account is not None:
            payment_id = invoice.payment_id(attempt.number)
            account, entry = reserved(state.account, attempt, payment_id, now)
            place = f"{invoice.period}#{attempt.number}"
            change = replace(
                change,
                account=account,
                entries=(entry,) if entry else (),
                references=(("fee-payment", payment_id, place),),
            )
        return self._written(state, change)

    def _send(self, state: BillingState, number: int) -> BillingState:
        invoice, _ = present(state)
        attempt = invoice.attempt(number)
        known = self._answer(state, attempt) if attempt is not None else None
        return state if known is None else self._settle(state, number, known)

    def _answer(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Ask a partner for an attempt's amount; None where the resolver must find out."""
        if self.is_stopped():
            return None
        try:
            return self._asked(state, attempt)
        except (Unavailable, OutcomeUnknown):
            return None
        except Refused as refusal:
            if refusal.code == MISSING and attempt.rail is Rail.CARD:
                self._follow_missing(state, attempt)
            return Known(AttemptStatus.FAILED, reason=refusal.code)

    def _asked(self, state: BillingState, attempt: Attempt) -> Known:
        invoice, billing = present(state)
        if attempt.rail is Rail.CASH:
            return self.cash.take(state.account, invoice, attempt)
        method = next((method for method in billing.methods if method.method_id == attempt.method_id), None)
        if method is None or billing.customer_id is None:
            return Known(AttemptStatus.FAILED, reason=NO_METHOD)
        return self.cards.charge(billing.customer_id, method, invoice, attempt)

    def _follow_missing(self, state: BillingState, attempt: Attempt) -> None:
        _, billing = present(state)
        method = next((method for method in billing.methods if method.method_id == attempt.method_id), None)
        if method is not None and billing.customer_id is not None:
            self.on_missing(billing.owner, billing.customer_id, method.reference)

    def _look(self, state: BillingState) -> BillingState:
        """Look up what became of the open attempt; send it again while its key lives."""
        (invoice, _), now = present(state), self.clock.now()
        attempt = invoice.open_attempt
        if attempt is None:
            return state
        known = self._found(state, attempt)
        if known is not None and (known.is_held or known.status is not AttemptStatus.PENDING):
            return self._settle(state, attempt.number, known)
        reference = (known.reference if known is not None else None) or attempt.reference
        if reference == attempt.reference and invoice.look_at is not None and invoice.look_at > now:
            return state
        return self._written(state, looked(invoice, replace(attempt, reference=reference), now))

    def _found(self, state: BillingState, attempt: Attempt) -> Known | None:
        """Return what became of an attempt, by asking again if it must be; None where that is not known."""
        (invoice, _), age = present(state), self.clock.now() - attempt.started_at
        rail = self.cash if attempt.rail is Rail.CASH else self.cards
        try:
            known = rail.found(state.account, invoice, attempt)
        except (Unavailable, OutcomeUnknown, Refused):
            return None
        if known is not None:
            return known
        if self.is_stopped():
            return not_sent(attempt, is_over=age >= rail.lost_after)
        if age < rail.key_lives:
            # Nobody is asked for what is not owed any more.
            return self._answer(state, attempt) if invoice.status.is_owed else None
        return Known(AttemptStatus.FAILED, reason=NEVER_ARRIVED) if age >= rail.lost_after else None

    def _settle(self, state: BillingState, number: int, known: Known, event_id: str | None = None) -> BillingState:
        return settle(self.store, state, number, known, (self.clock, event_id))

    def _nothing_to_charge(self, state: BillingState, attempt: Attempt, reason: str, why: Why) -> Invoice | None:
        """Write a failed step without a charge; in between steps there is none."""
        (invoice, _), now = present(state), self.clock.now()
        if not attempt.is_step:
            return self._left(state, why)
        tried = replace(invoice.with_attempt(attempt, now), look_at=None)
        known = Known(AttemptStatus.FAILED, reason=reason)
        change = outcome(replace(state, invoice=tried), attempt.number, known, now)
        if change is None:
            return invoice
        return self._written(state, change).invoice

    def _shown(self, owner: str, period: str) -> tuple[Invoice, str | None]:
        """Return an invoice, and the secret by which the person finishes a charge that waits for them."""
        invoice, _ = present(self.store.load(owner, period))
        attempt = invoice.open_attempt
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION or not attempt.reference:
            return invoice, None
        return invoice, self.cards.secret(attempt.reference)

    def _written(self, state: BillingState, change: BillingChange) -> BillingState:
        return written(self.store, state, change)
