"""The ladder: when an invoice is tried again, and what follows when nothing helped.

Attempts are made when it is due and 1, 3, 7 and 14 days later; a step without a method that can be
charged is a failed one, too. After the last the invoice is uncollectible, and buys and entries stop
until it is paid.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from trading.billing.invoices.models import Invoice, InvoiceStatus
from trading.billing.invoices.service import charged_at
from trading.platform.clock import trading_date

STEPS = tuple(timedelta(days=days) for days in (0, 1, 3, 7, 14))


def stepped(invoice: Invoice, at: datetime) -> Invoice:
    """Return an invoice after a step that came to nothing: with the next one, or uncollectible; one not owed stays."""
    if not invoice.status.is_owed:
        return invoice
    step = invoice.step + 1
    if invoice.status is not InvoiceStatus.OPEN or step >= len(STEPS):
        return replace(invoice, step=step, status=InvoiceStatus.UNCOLLECTIBLE, next_attempt_at=None, updated_at=at)
    # What was missed is not caught up on at once: the job tries once a day.
    next_on = max(invoice.due_on + STEPS[step], trading_date(at) + timedelta(days=1))
    return replace(invoice, step=step, next_attempt_at=charged_at(next_on), updated_at=at)


def is_step_due(invoice: Invoice, now: datetime) -> bool:
    """Say whether the ladder's next step is due."""
    return invoice.next_attempt_at is not None and invoice.next_attempt_at <= now
