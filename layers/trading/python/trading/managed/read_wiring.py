"""Builds what asks no partner, for one invocation: no partner's client is loaded for it."""

from trading.managed.collections.ports import CollectionStore
from trading.managed.collections.service import Catalogue, CatalogueChanges
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.ports import ManagedStore
from trading.managed.rebalancing.cash import CashService
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.cancellation import CancellationService
from trading.markets.store import DynamoSecurities
from trading.platform.clock import current_clock


def collections() -> CollectionStore:
    """Return the store of collections."""
    return DynamoCollectionStore()


def catalogue() -> Catalogue:
    """Return the catalogue with what each collection recommends now."""
    return Catalogue(DynamoCollectionStore(), DynamoSecurities(), current_clock())


def catalogue_changes() -> CatalogueChanges:
    """Return the service by which operators change collections."""
    return CatalogueChanges(DynamoCollectionStore(), DynamoSecurities(), current_clock())


def versions() -> ManagedStore:
    """Return the store of versions, each found by its owner alone."""
    return DynamoManagedStore()


def cancellation_service() -> CancellationService:
    """Return the cancellation service."""
    return CancellationService(DynamoManagedStore(), current_clock())


def cash_service() -> CashService:
    """Return the service that follows deposits and withdrawals."""
    return CashService(DynamoManagedStore(), current_clock())
