"""Builds what bills without Stripe, for one invocation."""

from datetime import date

from trading.billing.accrual.models import Rates
from trading.billing.accrual.service import AccrualService
from trading.billing.invoices.service import InvoiceService
from trading.billing.models import BillingRules
from trading.billing.payouts.service import PayoutService
from trading.billing.payouts.store import DynamoPayoutStore
from trading.billing.store import DynamoBillingStore
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import current_clock
from trading.platform.settings import settings

MIN_CENTS = 50
"""Stripe charges no less."""


def rules() -> BillingRules:
    """Return what the stage sets."""
    mine = settings()
    return BillingRules(mine.invoice_due_days, MIN_CENTS, frozenset(mine.redirect_hosts))


def accrual_service() -> AccrualService:
    """Return what accrues fees."""
    mine, days = settings(), calendar()

    def is_session(day: date) -> bool:
        return days.trading_day(Exchange.NYSE, day) is not None

    rates = Rates(mine.commission_rate, mine.commission_min_cents, mine.commission_exempt_cents)
    return AccrualService(DynamoBillingStore(), rates, is_session, current_clock())


def invoice_service() -> InvoiceService:
    """Return what makes invoices."""
    return InvoiceService(DynamoBillingStore(), accrual_service().catch_up, rules(), current_clock())


def payout_service() -> PayoutService:
    """Return what lists credits for payout."""
    return PayoutService(DynamoBillingStore(), DynamoPayoutStore(), current_clock())
