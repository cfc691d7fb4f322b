"""Builds what voids invoices, for one invocation: it asks Stripe."""

from trading.billing.card_wiring import charge_withdrawal
from trading.billing.charging.withdrawals import InvoiceVoiding
from trading.operators.wiring import invoices


def invoice_voiding() -> InvoiceVoiding:
    """Return what voids invoices."""
    return InvoiceVoiding(invoices(), charge_withdrawal())
