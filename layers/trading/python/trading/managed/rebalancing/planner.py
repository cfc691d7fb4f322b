"""The planner: from what is held and what is asked for to new targets. Pure.

First every target is what is held. Then versions are applied: sells before buys, largest sell first but
after them what sells the rest, buys in the order that they were asked for, several of one fund one after
the other. What was executed before is not planned again. Amounts in cents decide; only the finished plan
is turned into weights.

    want                                   plan
    sell more than there is                all of it
    sell so much that dust is left         all of it
    buy more than the cash that is free    waits, untouched
    buy what is being sold altogether      waits until it is sold, or it would be sold with the rest
    cash below zero after all of it        nothing is planned
    a symbol that cannot be traded         keeps what it has, and the others share the rest
    no symbol left to trade                fails, money untouched
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trading.managed.models import Held
from trading.managed.versions import reasons
from trading.managed.versions.models import Reason, Version
from trading.managed.weights import among, broker_weights, shared

Cents = Mapping[str, int]


@dataclass(frozen=True)
class Outcome:
    """What a plan does for a version: cents moved (signed), or why nothing."""

    cents: int = 0
    sells_all: bool = False
    waits: Reason | None = None
    fails: Reason | None = None

    @property
    def is_planned(self) -> bool:
        """Say whether the version is part of the plan."""
        return self.waits is None and self.fails is None


@dataclass(frozen=True)
class PlannedFund:
    """A fund in a plan: its cents by symbol, and the weights that the broker is given."""

    cents: Cents
    weights: Mapping[str, Decimal]
    weight: Decimal


@dataclass(frozen=True)
class PlannedOrder:
    """A trade that the plan leads to: cents, below 0 a sale."""

    collection_id: str
    symbol: str
    cents: int


@dataclass(frozen=True)
class Plan:
    """New targets. `outcomes` says by version id what is done for it; `reasons` what is not done, and why."""

    cash_cents: int
    cash_weight: Decimal
    funds: Mapping[str, PlannedFund]
    orders: tuple[PlannedOrder, ...]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def reasons(self) -> tuple[tuple[str, Reason], ...]:
        """Return why versions are not planned, by their ids."""
        found = ((version_id, outcome.waits or outcome.fails) for version_id, outcome in self.outcomes.items())
        return tuple((version_id, reason) for version_id, reason in found if reason is not None)

    @property
    def planned(self) -> frozenset[str]:
        """Return the versions that the plan carries out."""
        return frozenset(version_id for version_id, outcome in self.outcomes.items() if outcome.is_planned)


@dataclass
class _Draft:
    """A plan in the making: cents by collection and symbol."""

    held: Held
    tradable: frozenset[str]
    cash: int
    funds: dict[str, dict[str, int]]
    emptied: set[str] = field(default_factory=set)

    def movable(self, collection_id: str) -> dict[str, int]:
        """Return what a fund holds of symbols that can be traded."""
        fund = self.funds.get(collection_id, {})
        return {symbol: cents for symbol, cents in fund.items() if symbol in self.tradable and cents}

    def stuck(self, collection_id: str) -> dict[str, int]:
        """Return what it holds of others."""
        fund = self.funds.get(collection_id, {})
        return {symbol: cents for symbol, cents in fund.items() if symbol not in self.tradable and cents}

    def apply(self, version: Version) -> Outcome:
        """Plan one version; return what became of it."""
        weights = among(version.contents, self.tradable)
        movable = self.movable(version.collection_id)
        buys = (version.remaining_cents or 0) > 0
        if version.sells_all or (version.remaining_cents or 0) < 0:
            return self._sell(version, movable, weights if version.sets_weights else {})
        if not weights and (version.sets_weights or (buys and not movable)):
            return Outcome(fails=reasons.NOTHING_TRADABLE)
        return self._buy(version, movable, weights)

    def _sell(self, version: Version, movable: Cents, weights: Mapping[str, Decimal]) -> Outcome:
        there = sum(movable.values())
        if not there:
            is_held = bool(self.stuck(version.collection_id))
            return Outcome(fails=reasons.NOTHING_TRADABLE if is_held else reasons.NOTHING_HELD)
        wanted = there if version.sells_all else min(there, -(version.remaining_cents or 0))
        sells_all = there - wanted < self.held.min_cents
        cents = there if sells_all else wanted
        self._set(version.collection_id, there - cents, weights or movable)
        self.cash += cents
        if sells_all:
            self.emptied.add(version.collection_id)
        return Outcome(-cents, sells_all=sells_all)

    def _buy(self, version: Version, movable: Cents, weights: Mapping[str, Decimal]) -> Outcome:
        cents = version.remaining_cents or 0
        if cents and version.collection_id in self.emptied:
            return Outcome(waits=reasons.SOLD_FIRST)
        if cents and (self.cash < 0 or cents > self.cash - self.held.withheld_cents):
            return Outcome(waits=reasons.CASH_BELOW_ZERO if self.cash < 0 else reasons.TOO_LITTLE_CASH)
        there = sum(movable.values())
        self._set(version.collection_id, there + cents, weights if version.sets_weights or not movable else movable)
        self.cash -= cents
        return Outcome(cents)

    def _set(self, collection_id: str, whole: int, parts: Mapping[str, int] | Mapping[str, Decimal]) -> None:
        """Share an amount out over a fund's symbols; what cannot be traded keeps what it has."""
        self.funds[collection_id] = {**self.stuck(collection_id), **shared(whole, parts)}


def plan(held: Held, versions: Sequence[Version], tradable: frozenset[str]) -> Plan:
    """Return new targets for what is held, with what versions ask for.

    The plan conserves money to the cent: its cash and funds sum to what is held. Its weights sum to
    exactly 1, and each lies within 0.0001 of its cents' share.
    """
    draft = _Draft(held, tradable, held.cash_cents, {key: dict(fund) for key, fund in held.funds.items()})
    outcomes = {version.version_id: draft.apply(version) for version in sorted(versions, key=_order)}
    if draft.cash < 0 and any(outcome.is_planned for outcome in outcomes.values()):
        waiting = {
            key: Outcome(waits=reasons.CASH_BELOW_ZERO) if outcome.is_planned else outcome
            for key, outcome in outcomes.items()
        }
        return _finished(held, held.cash_cents, held.funds, waiting)
    return _finished(held, draft.cash, draft.funds, outcomes)


def _order(version: Version) -> tuple[int, int, str]:
    """Sells first, the largest first and what sells the rest last; then what only re-weights; then buys as they came.

    Were all of a fund sold first, there would be nothing left of it for its other sells.
    """
    if version.sells_all:
        return -1, 0, version.version_id
    remaining = version.remaining_cents
    if remaining is None:
        return 0, 0, version.created_at.isoformat()
    return (-2, remaining, version.version_id) if remaining < 0 else (1, 0, version.created_at.isoformat())


def _finished(held: Held, cash: int, funds: Mapping[str, Cents], outcomes: Mapping[str, Outcome]) -> Plan:
    worth = {key: sum(fund.values()) for key, fund in funds.items()}
    # An account without a cent is all cash, since weights sum to 1 there too.
    weights = broker_weights({None: max(cash, 0), **worth}) or {None: Decimal(1)}
    return Plan(
        cash_cents=cash,
        cash_weight=weights.get(None, Decimal(0)),
        funds={
            key: PlannedFund(fund, broker_weights(fund), weights.get(key, Decimal(0))) for key, fund in funds.items()
        },
        orders=tuple(_orders(held.funds, funds)),
        outcomes=outcomes,
    )


def _orders(before: Mapping[str, Cents], after: Mapping[str, Cents]) -> list[PlannedOrder]:
    """Return what is traded, sales first."""
    found = [
        PlannedOrder(key, symbol, change)
        for key in sorted({*before, *after})
        for symbol in sorted({*before.get(key, {}), *after.get(key, {})})
        if (change := after.get(key, {}).get(symbol, 0) - before.get(key, {}).get(symbol, 0))
    ]
    return sorted(found, key=lambda order: order.cents > 0)
