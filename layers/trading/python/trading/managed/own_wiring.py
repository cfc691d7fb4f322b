"""Builds the services that ask no partner, for one invocation."""

from trading.managed.collections.service import CatalogueChanges
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.rebalancing.cash import CashService
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.cancellation import CancellationService
from trading.markets.store import DynamoSecurities
from trading.platform.clock import current_clock


def cash_service() -> CashService:
    """Return what follows deposits and withdrawals."""
    return CashService(DynamoManagedStore(), current_clock())


def cancellation_service() -> CancellationService:
    """Return what cancels versions that wait."""
    return CancellationService(DynamoManagedStore(), current_clock())


def catalogue_changes() -> CatalogueChanges:
    """Return what changes collections."""
    return CatalogueChanges(DynamoCollectionStore(), DynamoSecurities(), current_clock())
