"""What routes only read, and what nothing is asked of a partner for: no partner's client is loaded for it."""

from trading.billing.ports import BillingState, BillingStore
from trading.billing.store import DynamoBillingStore
from trading.funding.accounts.models import TradingAccount


def billing_store() -> BillingStore:
    """Return invoices and fees of everybody, each found by its owner alone."""
    return DynamoBillingStore()


def account_and_fees(owner: str) -> tuple[TradingAccount | None, int]:
    """Return a person's trading account, once it was open, and what is invoiced and not paid, by one request."""
    state = DynamoBillingStore().load(owner)
    account = state.account if state.account is not None and state.account.opened_at is not None else None
    return account, state.billing.receivable_cents if state.billing else 0


def billing_of(owner: str) -> BillingState:
    """Return what billing knows of a person."""
    return DynamoBillingStore().load(owner)
