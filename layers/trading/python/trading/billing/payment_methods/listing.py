"""A person's payment methods as they are listed."""

from dataclasses import replace
from datetime import datetime

from trading.billing.models import BillingAccount, BillingState
from trading.billing.payment_methods.models import PaymentMethod, cash_payment_method, in_order


def listed(state: BillingState, owner: str, at: datetime) -> tuple[tuple[PaymentMethod, ...], str | None]:
    """Return a person's methods, the active one first, and the active one's id."""
    billing = with_cash(state, owner, at)
    active = billing.active_method
    methods = in_order(tuple(method for method in billing.methods if method.is_there))
    return methods, active.method_id if active else None


def with_cash(state: BillingState, owner: str, at: datetime) -> BillingAccount:
    """Return what billing knows of a person, with the cash of their account among the methods."""
    account, billing = state.account, state.billing or BillingAccount(owner, at, at)
    if account is None or account.opened_at is None:
        return billing
    cash = cash_payment_method(owner, account.account_id, account.account_no or "", account.opened_at)
    if any(method.method_id == cash.method_id for method in billing.methods):
        return billing
    return replace(billing, methods=(*billing.methods, cash))
