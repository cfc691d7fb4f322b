"""The catalogue of TTFs, filled over the control plane, and what a fresh sandbox has of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trading.managed.collections.models import Collection, WeightSet
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.weights import normalised

SHIPPED: Mapping[str, tuple[str, Mapping[str, Decimal]]] = {
    "big-tech": (
        "Big Tech",
        {"AAPL": Decimal("0.4"), "GOOG": Decimal("0.3"), "MSFT": Decimal("0.2"), "FB": Decimal("0.1")},
    ),
    "old-guard": ("The Old Guard", {"IBM": Decimal("0.5"), "MSFT": Decimal("0.5")}),
}
FIRST_DAY = date(2000, 1, 1)


def put(collection_id: str, name: str, weights: Mapping[str, Decimal], today: date) -> None:
    """Add a collection or change it, with weights from today on; those of a new one count since ever."""
    store = DynamoCollectionStore()
    known = store.find(collection_id)
    collection = known or Collection(collection_id, name, "", ())
    wanted = WeightSet(today if known else FIRST_DAY, normalised(weights))
    current = collection.on(today)
    is_same = current is not None and current.weights == wanted.weights
    named = replace(collection, name=name)
    store.save(named if is_same else named.with_weights(wanted, today), None)


def register_shipped_collections(today: date) -> None:
    """Add the collections of a fresh sandbox, where they are not known yet."""
    known = {collection.collection_id for collection in DynamoCollectionStore().list_all()}
    for collection_id, (name, weights) in SHIPPED.items():
        if collection_id not in known:
            put(collection_id, name, weights, today)
