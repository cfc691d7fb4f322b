"""Dunning: when an invoice is tried again, and what follows when nothing helped.

Attempts are made when it is due and 1, 3, 7 and 14 days later; one without a method that can be
charged is a failed one, too. After the last the invoice is uncollectible, and buys and entries stop
until it is paid.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from trading.billing.invoices.models import Invoice, InvoiceStatus
from trading.billing.invoices.service import charged_at
from trading.platform.clock import trading_date

DUNNING_DELAYS = tuple(timedelta(days=days) for days in (0, 1, 3, 7, 14))


def dunned(invoice: Invoice, at: datetime) -> Invoice:
    """Return an invoice after a failed attempt: with the next one due, or uncollectible; one not owed stays."""
    if not invoice.status.is_owed:
        return invoice
    attempts = invoice.dunning_attempts + 1
    if invoice.status is not InvoiceStatus.OPEN or attempts >= len(DUNNING_DELAYS):
        return replace(
            invoice, dunning_attempts=attempts, status=InvoiceStatus.UNCOLLECTIBLE, next_attempt_at=None, updated_at=at
        )
    # What was missed is not caught up on at once: the job tries once a day.
    next_on = max(invoice.due_on + DUNNING_DELAYS[attempts], trading_date(at) + timedelta(days=1))
    return replace(invoice, dunning_attempts=attempts, next_attempt_at=charged_at(next_on), updated_at=at)


def is_dunning_due(invoice: Invoice, now: datetime) -> bool:
    """Say whether the next dunning attempt is due."""
    return invoice.next_attempt_at is not None and invoice.next_attempt_at <= now
