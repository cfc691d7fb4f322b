"""Builds what takes fees at the broker and asks no Stripe, for one invocation."""

from trading.billing.charging.collecting import CashRail
from trading.billing.charging.fee_payments import FeePayments
from trading.billing.store import DynamoBillingStore
from trading.brokerage.halt_rows import is_money_halted
from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.clock import current_clock


def fee_payments() -> FeePayments:
    """Return what follows fees that the broker takes from cash."""
    return FeePayments(DynamoBillingStore(), CashRail(drivewealth(), is_money_halted), current_clock())
