"""A catalogue of collections in memory."""

from collections.abc import Collection as Many
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from tests.unit.managed.makers import HALVES, NOW
from trading.managed.collections.models import Collection, WeightSet
from trading.managed.collections.service import Catalogue
from trading.platform.audit import Audit
from trading.platform.clock import FixedClock

SINCE = date(2026, 1, 5)
TECH = Collection("tech", "Tech", "Machines", (WeightSet(SINCE, HALVES),))


@dataclass
class MemoryCollections:
    """The catalogue's records."""

    kept: dict[str, Collection] = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)
    reads: int = 0

    def find(self, collection_id: str) -> Collection | None:
        self.reads += 1
        return self.kept.get(collection_id)

    def list_all(self) -> tuple[Collection, ...]:
        return tuple(self.kept.values())

    def save(self, collection: Collection, audit: Audit | None) -> Collection:
        self.audits += [audit] if audit else []
        self.kept[collection.collection_id] = replace(collection, version=collection.version + 1)
        return self.kept[collection.collection_id]


@dataclass
class Registry:
    """Symbols, some of which cannot be traded."""

    active: frozenset[str] = frozenset({"AAPL", "MSFT", "IBM"})
    others: frozenset[str] = frozenset({"GONE"})
    asked: list[frozenset[str]] = field(default_factory=list)

    def active_among(self, symbols: Many[str]) -> frozenset[str]:
        self.asked.append(frozenset(symbols))
        return self.active & frozenset(symbols)

    def known_among(self, symbols: Many[str]) -> frozenset[str]:
        return (self.active | self.others) & frozenset(symbols)


def catalogue(*collections: Collection, active: str = "AAPL MSFT IBM") -> Catalogue:
    """Return a catalogue in which some symbols can be traded."""
    kept = {collection.collection_id: collection for collection in collections or (TECH,)}
    return Catalogue(MemoryCollections(kept), Registry(frozenset(active.split())), FixedClock(NOW))


def weight_set(effective_on: date, **weights: str) -> WeightSet:
    """Return weights from a day on."""
    return WeightSet(effective_on, {symbol: Decimal(weight) for symbol, weight in weights.items()})
