"""Charges that wait at Stripe and that nobody wants any more: they are cancelled, and what comes of that is followed.

A charge that waits for the person, or that was declined, can still be finished by whoever holds its secret.
One that Stripe is processing, or whose answer got lost, cannot be taken back.
"""

from dataclasses import dataclass, replace

from trading.billing.charging.limits import last_card_charge
from trading.billing.charging.outcomes import WITHDRAWN, AttemptSettlement
from trading.billing.charging.rails import CardRail
from trading.billing.invoices.corrections import InvoiceCorrections, not_voidable
from trading.billing.invoices.models import INVOICE_MOVES, AttemptStatus, Invoice, InvoiceStatus
from trading.billing.models import BillingState
from trading.billing.ports import BillingStore
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import Conflict


@dataclass(frozen=True)
class ChargeWithdrawal:
    """Cancels what waits."""

    store: BillingStore
    cards: CardRail
    clock: Clock

    def withdraw(self, owner: str, period: str) -> BillingState:
        """Cancel what waits at Stripe for an invoice; return the state after it.

        Raises:
            Conflict: `charge_in_progress` if Stripe is processing it.
            Unavailable, OutcomeUnknown: if it is not known whether it is cancelled.
        """
        state = self.store.load(owner, period)
        last, attempt = last_card_charge(state), state.invoice.open_attempt if state.invoice is not None else None
        if last is None or last.reference is None or (attempt is not None and attempt.number != last.number):
            return state
        if last.status is AttemptStatus.SUCCESS:
            return state
        known = self.cards.cancel(last.reference)
        if known.status is AttemptStatus.PENDING and last.status.is_settled:
            raise Conflict("It is being charged at present.", code="charge_in_progress")
        if known.status is AttemptStatus.FAILED:
            known = replace(known, reason=WITHDRAWN)
        return AttemptSettlement(self.store, self.clock).settle(state, last.number, known)


@dataclass(frozen=True)
class InvoiceVoiding:
    """Voids invoices, once nothing that waits at Stripe can pay them any more."""

    invoices: InvoiceCorrections
    withdrawal: ChargeWithdrawal

    def void(self, owner: str, period: str, audit: Audit) -> Invoice:
        """Void an invoice; see `InvoiceCorrections.void`."""
        invoice = self.invoices.store.load(owner, period).invoice
        if invoice is not None and InvoiceStatus.VOID in INVOICE_MOVES[invoice.status] and not invoice.credited_cents:
            try:
                self.withdrawal.withdraw(owner, period)
            except Conflict:
                raise not_voidable() from None
        return self.invoices.void(owner, period, audit)
