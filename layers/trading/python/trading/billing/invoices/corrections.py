"""Corrections of invoices, by operators alone: one is voided, or an amount of it credited on the next."""

from dataclasses import dataclass, replace
from fractions import Fraction

from trading.billing import outbox
from trading.billing.invoices.models import INVOICE_MOVES, Invoice, InvoiceStatus, Line
from trading.billing.invoices.service import settled_change
from trading.billing.ports import BillingChange, BillingStore
from trading.ledger.models import LedgerAccount
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import Conflict
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class InvoiceCorrections:
    """Voids and credits invoices; it makes none."""

    store: BillingStore
    clock: Clock

    @retry_on_stale
    def void(self, owner: str, period: str, audit: Audit) -> Invoice:
        """Void an invoice that is still owed, not being collected, and of which nothing was credited.

        Raises:
            Conflict: `not_voidable`.
        """
        state, now = self.store.load(owner, period), self.clock.now()
        invoice, billing = state.require_invoice()
        may = InvoiceStatus.VOID in INVOICE_MOVES[invoice.status]
        if not may or invoice.open_attempt is not None or invoice.credited_cents:
            raise not_voidable()
        voided = replace(invoice, status=InvoiceStatus.VOID, next_attempt_at=None, updated_at=now)
        lines = {LedgerAccount.FEE_REVENUE: invoice.owed_cents, LedgerAccount.FEES_RECEIVABLE: -invoice.owed_cents}
        posting = billing.posted(lines, reference=f"{invoice.invoice_id}:void", at=now)
        change = settled_change(state, replace(posting.account, updated_at=now), voided, now)
        entries = (posting.entry,) if posting.entry else ()
        written = self.store.commit(
            replace(change, entries=(*change.entries, *entries), audit=audit, action="void_invoice", at=now)
        )
        return written.invoice or voided

    @retry_on_stale
    def credit(self, owner: str, period: str, cents: int, audit: Audit) -> Line:
        """Credit a person an amount on their next invoice, because of one that they have.

        Raises:
            Conflict: `credit_too_large` above what the invoice was, less what was credited or refunded of it
                before; `not_creditable` of one that is void.
        """
        state, now = self.store.load(owner, period), self.clock.now()
        invoice, billing = state.require_invoice()
        if invoice.status is InvoiceStatus.VOID:
            raise Conflict("A void invoice cannot be credited.", code="not_creditable")
        if not 0 < cents <= invoice.creditable_cents:
            raise Conflict("More than the invoice cannot be credited.", code="credit_too_large")
        line = Line(f"Credit on invoice {invoice.invoice_id}", period, Fraction(-cents))
        after = replace(billing, carried=(*billing.carried, line), updated_at=now)
        noted = replace(invoice, credited_cents=invoice.credited_cents + cents, updated_at=now)
        events = (outbox.credited(noted, cents, str(noted.version)),)
        self.store.commit(
            BillingChange(billing=after, invoice=noted, events=events, audit=audit, action="credit_invoice", at=now)
        )
        return line


def not_voidable() -> Conflict:
    """Return that an invoice cannot be voided in its present state."""
    return Conflict("The invoice cannot be voided.", code="not_voidable")
