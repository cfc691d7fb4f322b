"""What the catalogue of collections needs of the world outside."""

from collections.abc import Collection as Many
from typing import Protocol

from trading.managed.collections.models import Collection
from trading.platform.audit import Audit


class CollectionStore(Protocol):
    """The catalogue."""

    def find(self, collection_id: str) -> Collection | None:
        """Return a collection."""
        ...

    def list_all(self) -> tuple[Collection, ...]:
        """Return all collections by id."""
        ...

    def save(self, collection: Collection, audit: Audit | None) -> Collection:
        """Write a collection's next version; return it.

        Raises:
            StaleRecord: if somebody else wrote first.
        """
        ...


class Instruments(Protocol):
    """The registry of tradable symbols."""

    def active_among(self, symbols: Many[str]) -> frozenset[str]:
        """Return those symbols that can be traded in dollars."""
        ...

    def known_among(self, symbols: Many[str]) -> frozenset[str]:
        """Return those symbols that the registry knows, tradable or not."""
        ...
