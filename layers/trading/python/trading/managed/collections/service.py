"""The catalogue: what each TTF recommends today, and how operators change it."""

from collections.abc import Collection as Many
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trading.managed.collections.models import MAX_ID, Collection, Recommended, WeightSet
from trading.managed.collections.ports import CollectionStore, Instruments
from trading.platform.audit import Audit
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import FieldProblem, InvalidRequest, NotFound
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class Catalogue:
    """Collections and instruments for one invocation: each is asked for once."""

    store: CollectionStore
    instruments: Instruments
    clock: Clock
    _tradable: dict[str, bool] = field(default_factory=dict)
    _collections: dict[str, Collection | None] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the day in New York."""
        return trading_date(self.clock.now())

    def find(self, collection_id: str) -> Collection | None:
        """Return a collection, or None."""
        if collection_id not in self._collections:
            self._collections[collection_id] = self.store.find(collection_id)
        return self._collections[collection_id]

    def require(self, collection_id: str) -> Collection:
        """Return a collection. Raises NotFound."""
        # A key of the database has a greatest length, so what no collection can be called is not looked up.
        collection = self.find(collection_id) if len(collection_id) <= MAX_ID else None
        if collection is None:
            raise NotFound("There is no such collection.")
        return collection

    def tradable(self, symbols: Many[str]) -> frozenset[str]:
        """Return those symbols that can be traded now."""
        missing = set(symbols) - self._tradable.keys()
        if missing:
            active = self.instruments.active_among(missing)
            self._tradable.update({symbol: symbol in active for symbol in missing})
        return frozenset(symbol for symbol in symbols if self._tradable[symbol])

    def find_recommended(self, collection_id: str) -> Recommended | None:
        """Return what a collection recommends now; None where it recommends nothing that can be traded."""
        collection = self.find(collection_id)
        current = collection.on(self.today) if collection else None
        if collection is None or current is None:
            return None
        return Recommended.of(collection, self.today, self.tradable(tuple(current.weights)))


@dataclass(frozen=True)
class CatalogueChanges:
    """What operators change. Each change takes a reason and leaves an audit record."""

    store: CollectionStore
    instruments: Instruments
    clock: Clock

    @retry_on_stale
    def put(self, wanted: Collection, weights: Mapping[str, Decimal], since: date | None, audit: Audit) -> Collection:
        """Add or change a collection, with weights from a day on (today).

        Raises:
            InvalidRequest: naming each symbol that nobody knows, or a day that is past.
        """
        today = trading_date(self.clock.now())
        unknown = set(weights) - self.instruments.known_among(tuple(weights))
        if unknown:
            problems = tuple(FieldProblem("weights", f"there is no symbol {symbol}") for symbol in sorted(unknown))
            raise InvalidRequest(problems=problems)
        if since is not None and since < today:
            raise InvalidRequest(problems=(FieldProblem("effective_on", "must not lie in the past"),))
        known = self.store.find(wanted.collection_id)
        kept = Collection(
            wanted.collection_id,
            wanted.name,
            wanted.description,
            known.sets if known else (),
            known.version if known else 0,
        )
        return self.store.save(kept.with_weights(WeightSet(since or today, weights), today), audit)
