"""Collections: TTFs with weights over symbols, each set of weights from a day on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from trading.managed.weights import among

MAX_ID = 64


@dataclass(frozen=True)
class WeightSet:
    """Weights by symbol, summing to 1, from a day in New York on."""

    effective_on: date
    weights: Mapping[str, Decimal]


@dataclass(frozen=True)
class Collection:
    """A TTF. `sets` are its weights, oldest first: those that count, and those that are to come."""

    collection_id: str
    name: str
    description: str
    sets: tuple[WeightSet, ...]
    version: int = 0

    def on(self, day: date) -> WeightSet | None:
        """Return the weights that count on a day, or None before the first."""
        return next((dated for dated in reversed(self.sets) if dated.effective_on <= day), None)

    def with_weights(self, change: WeightSet, today: date) -> "Collection":
        """Return the collection with weights from a day on; what is out of date by then is forgotten."""
        others = [dated for dated in self.sets if dated.effective_on != change.effective_on]
        sets = sorted([*others, change], key=lambda dated: dated.effective_on)
        current = next((dated for dated in reversed(sets) if dated.effective_on <= today), None)
        since = current.effective_on if current else date.min
        return replace(self, sets=tuple(dated for dated in sets if dated.effective_on >= since))


@dataclass(frozen=True)
class Recommended:
    """The weights that a collection recommends now, over tradable symbols alone, and since when."""

    effective_on: date
    weights: Mapping[str, Decimal]

    @classmethod
    def of(cls, collection: Collection, day: date, tradable: frozenset[str]) -> "Recommended | None":
        """Return what a collection recommends on a day; None where none of its symbols can be traded."""
        current = collection.on(day)
        weights = among(current.weights, tradable) if current else {}
        return cls(current.effective_on, weights) if current and weights else None
