"""TTF holdings: the planner's time, what a batch of accounts asks for, and how that grows."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.managed import COLLECTIONS, ManagedHarness
from tests.support.tables import renew_tables
from trading.managed.collections.models import Collection, WeightSet
from trading.managed.collections.service import Catalogue
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.models import Held
from trading.managed.rebalancing.planner import plan
from trading.managed.rebalancing.service import Rebalancer
from trading.managed.rebalancing.targets import TargetWriter
from trading.managed.versions.models import Source, Version
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore, DynamoSecurities

ROUNDS = 50
FUNDS, SYMBOLS = 20, 50
BATCH = 10
NIGHT = datetime(2013, 2, 20, 2, 0, tzinfo=UTC)
DYNAMODB = frozenset({"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


def figures() -> Iterator[Figure]:
    """Measure everything."""
    yield planning()
    for accounts in (20, 100):
        yield from batch(accounts)


def planning() -> Figure:
    """Time the planner over 20 funds of 50 symbols, with a purchase, a sale, new weights and a sale of all."""
    symbols = [f"S{number}" for number in range(SYMBOLS)]
    held = Held(
        1_000_000,
        {f"c{fund}": {symbol: 10_000 + 7 * fund + 13 * n for n, symbol in enumerate(symbols)} for fund in range(FUNDS)},
    )
    even = {symbol: Decimal("0.02") for symbol in symbols}
    buy = Version("v1", "o", "a", "c1", Source.MANUAL, even, False, None, 50_000, None, False, "", NIGHT, NIGHT)
    versions = [
        buy,
        replace(buy, version_id="v2", collection_id="c2", amount_cents=-30_000),
        replace(buy, version_id="v3", collection_id="c3", amount_cents=None, sets_weights=True),
        replace(buy, version_id="v4", collection_id="c4", amount_cents=-1, sells_all=True),
    ]
    tradable = frozenset(symbols)
    return Figure(
        "plan of 20 funds with 50 symbols, per account", _median_ms(lambda: plan(held, versions, tradable)), "ms", 2
    )


def batch(accounts: int) -> Iterator[Figure]:
    """Count what accounts ask for at an open: half of them bought at night, half hold and want nothing."""
    renew_tables()  # a run of the batch before, which nobody polls any more, is not this one's
    harness = ManagedHarness()
    _furnish()
    owners = harness.holders(accounts)
    _to(harness, NIGHT)
    waiting = owners[::2]
    for owner in waiting:
        harness.buy(owner, 10_000)
    _to(harness, datetime(2013, 2, 20, 14, 30, tzinfo=UTC))
    yield from _passes(harness, accounts, "that bought at night", waiting)
    yield from _passes(harness, accounts, "that wants nothing", owners[1::2])
    with counted() as seen:
        started = harness.runs.start(harness.clock.now())
    assert started == len(waiting)
    yield _per_account(f"run for {accounts // 2} accounts: DynamoDB requests per account", seen, len(waiting), 2)
    with counted() as seen:
        harness.runs.poll()
        harness.work_off()
    yield _per_account(f"end of a run for {accounts // 2} accounts: DynamoDB requests", seen, len(waiting), 5)


def _passes(harness: ManagedHarness, accounts: int, kind: str, owners: Sequence[str]) -> Iterator[Figure]:
    calls = harness.broker.calls.copy()
    began = time.perf_counter()
    with counted() as seen:
        for start in range(0, len(owners), BATCH):
            rebalancer = _worker(harness)
            for owner in owners[start : start + BATCH]:
                rebalancer.run(owner)
    took = time.perf_counter() - began
    made = harness.broker.calls - calls
    name = f"pass at the open, {accounts} accounts, of one {kind}"
    yield _per_account(f"{name}: DynamoDB requests", seen, len(owners), 7)
    yield Figure(f"{name}: status requests to the broker", made["status"] / len(owners), "requests", 1)
    yield Figure(f"{name}: other requests to the broker", (made.total() - made["status"]) / len(owners), "requests")
    yield Figure(f"{name}: time, tables in process", 1000 * took / len(owners), "ms")


def _worker(harness: ManagedHarness) -> Rebalancer:
    """Return what one invocation builds for its batch."""
    catalogue = Catalogue(DynamoCollectionStore(), DynamoSecurities(), harness.clock)
    target_writer = TargetWriter(harness.broker, DynamoSecurities())
    return Rebalancer(
        harness.store,
        harness.account_reader,
        target_writer,
        catalogue,
        harness.hours,
        harness.clock,
        harness.wall,
        lambda: False,
    )


def _furnish() -> None:
    store = DynamoCollectionStore()
    for collection_id, weights in COLLECTIONS.items():
        if store.find(collection_id) is None:
            store.save(Collection(collection_id, "", "", (WeightSet(date(2013, 1, 1), weights),)), None)
        for symbol in weights:
            DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))


def _to(harness: ManagedHarness, moment: datetime) -> None:
    for clock in (harness.clock, harness.wall):
        clock.moment = moment


def _per_account(figure: str, seen: "dict[str, int]", accounts: int, target: float) -> Figure:
    requests = sum(number for operation, number in seen.items() if operation.split()[0] in {*DYNAMODB, "Query"})
    return Figure(figure, requests / accounts, "requests", target)


def _median_ms(step: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)
