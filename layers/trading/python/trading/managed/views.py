"""What routes only read: no partner's client is loaded for it."""

from trading.managed.collections.ports import CollectionStore
from trading.managed.collections.service import Catalogue
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.ports import ManagedStore
from trading.managed.store import DynamoManagedStore
from trading.markets.store import DynamoSecurities
from trading.platform.clock import current_clock


def collections() -> CollectionStore:
    """Return the catalogue of collections."""
    return DynamoCollectionStore()


def catalogue() -> Catalogue:
    """Return the catalogue with what each collection recommends now."""
    return Catalogue(DynamoCollectionStore(), DynamoSecurities(), current_clock())


def versions() -> ManagedStore:
    """Return the versions of everybody, each found by its owner alone."""
    return DynamoManagedStore()
