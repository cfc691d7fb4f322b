"""Builds what asks no partner, for one invocation: neither Stripe's SDK nor the broker's client is loaded for it."""

from datetime import date

from trading.billing.accrual.models import Rates
from trading.billing.accrual.service import AccrualService
from trading.billing.charging.fee_payments import FeePayments
from trading.billing.charging.rails import CashRail
from trading.billing.invoices.corrections import InvoiceCorrections
from trading.billing.invoices.service import InvoiceService
from trading.billing.models import BillingRules, BillingState
from trading.billing.payouts.service import PayoutService
from trading.billing.payouts.store import DynamoPayoutStore
from trading.billing.ports import BillingStore, CashBroker
from trading.billing.store import DynamoBillingStore
from trading.brokerage.halt_rows import is_money_halted
from trading.funding.accounts.models import TradingAccount
from trading.markets.models import Exchange
from trading.markets.wiring import calendar
from trading.platform.clock import current_clock
from trading.platform.settings import settings

MIN_CENTS = 50
"""Stripe charges no less."""


def billing_store() -> BillingStore:
    """Return invoices and fees of everybody, each found by its owner alone."""
    return DynamoBillingStore()


def account_and_fees(owner: str) -> tuple[TradingAccount | None, int]:
    """Return a person's trading account, once it was open, and what is invoiced and not paid, by one request."""
    state = DynamoBillingStore().load(owner)
    account = state.account if state.account is not None and state.account.opened_at is not None else None
    return account, state.billing.receivable_cents if state.billing else 0


def billing_of(owner: str) -> BillingState:
    """Return a person's billing."""
    return DynamoBillingStore().load(owner)


def rules() -> BillingRules:
    """Return the stage's rules of billing."""
    mine = settings()
    return BillingRules(mine.invoice_due_days, MIN_CENTS, frozenset(mine.redirect_hosts))


def accrual_service() -> AccrualService:
    """Return the accrual service."""
    mine, days = settings(), calendar()

    def is_session(day: date) -> bool:
        return days.trading_day(Exchange.NYSE, day) is not None

    rates = Rates(mine.commission_rate, mine.commission_min_cents, mine.commission_exempt_cents)
    return AccrualService(DynamoBillingStore(), rates, is_session, current_clock())


def invoice_service() -> InvoiceService:
    """Return the invoice service."""
    return InvoiceService(DynamoBillingStore(), accrual_service().catch_up, rules(), current_clock())


def invoice_corrections() -> InvoiceCorrections:
    """Return the corrections of invoices."""
    return InvoiceCorrections(DynamoBillingStore(), current_clock())


def payout_service() -> PayoutService:
    """Return the payout service."""
    return PayoutService(DynamoBillingStore(), DynamoPayoutStore(), current_clock())


def fee_payments(broker: CashBroker) -> FeePayments:
    """Return the fee payments, followed at a broker."""
    return FeePayments(DynamoBillingStore(), CashRail(broker, is_money_halted), current_clock())
