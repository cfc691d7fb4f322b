"""Builds what follows deposits and withdrawals, for one invocation; it asks no partner."""

from trading.managed.rebalancing.cash import CashService
from trading.managed.store import DynamoManagedStore
from trading.platform.clock import current_clock


def cash_service() -> CashService:
    """Return what follows deposits and withdrawals."""
    return CashService(DynamoManagedStore(), current_clock())
