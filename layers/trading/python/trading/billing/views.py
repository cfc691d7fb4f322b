"""What routes only read, and what nothing is asked of a partner for: no partner's client is loaded for it."""

from trading.billing.ports import BillingBook, BillingStore
from trading.billing.store import DynamoBillingStore


def billing_store() -> BillingStore:
    """Return invoices and fees of everybody, each found by its owner alone."""
    return DynamoBillingStore()


def billing_of(owner: str) -> BillingBook:
    """Return what billing knows of a person."""
    return DynamoBillingStore().book(owner)
