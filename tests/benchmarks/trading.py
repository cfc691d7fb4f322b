"""Requests and times of the trading day, on an in-process DynamoDB."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.prices import FakeProvider
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness
from trading.automation.day_trading.jobs import JobService
from trading.automation.day_trading.planner import plan, rank
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, Holding
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.portfolios.valuation import Valuation
from trading.markets.belief import MAX_SPREAD
from trading.markets.models import Exchange, Quote
from trading.markets.prices.models import READER
from trading.markets.prices.service import LatestPrices, PriceCache
from trading.markets.prices.store import DynamoPriceRows
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.platform.shards import SHARDS
from trading.signals.models import Recommendation
from trading.signals.store import DynamoSignalStore

ROUNDS = 50
PORTFOLIOS, WORKERS = 10_000, 20
TRANSACTION_SECONDS, REQUEST_SECONDS = 0.1, 0.02
"""What requests take at AWS, assumed generously: a transaction of a hundred items, and any other."""

CANDIDATES = 500


def figures() -> Iterator[Figure]:
    """Measure everything."""
    yield from planning()
    for positions, morning_target, close_target in ((50, 6, 6), (100, 10, 10)):
        yield from day(positions, morning_target, close_target)
    yield from monitoring()
    yield from listing()
    yield from prices()


def planning() -> Iterator[Figure]:
    """Time the planner at 500 candidates, and the ranking that portfolios share."""
    items = [
        Recommendation(
            f"S{n:03}", Decimal("0.012") + Decimal(n) / 100_000, Decimal("0.02"), Decimal("1.5"), Decimal(100 + n)
        )
        for n in range(CANDIDATES)
    ]
    ranking = rank(items)
    settings = DayTradingSettings(max_recommendations=100)
    yield Figure(
        "planning, 500 candidates, per portfolio", _median_ms(lambda: plan(settings, 1_000_000, ranking)), "ms", 5
    )
    yield Figure("ranking 500 candidates, once per worker", _median_ms(lambda: rank(items)), "ms")


def day(positions: int, morning_target: int, close_target: int) -> Iterator[Figure]:
    """Count one portfolio's requests in the morning and at the close."""
    harness = TradingDayHarness()
    harness.recommend(*(f"P{number:03}" for number in range(positions)), price="10")
    key = harness.portfolio(DayTradingSettings(max_recommendations=positions)).key
    workers = {moment: harness.at(moment) for moment in (PLANNED, OPENED, CLOSING)}
    workers[PLANNED].rankings.of(Exchange.NASDAQ, DAY, "warm")
    shared = CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore())
    version = shared.version(Exchange.NASDAQ, DAY)
    shared.of(Exchange.NASDAQ, DAY, version)
    for worker in workers.values():
        worker.days.trading_day(Exchange.NASDAQ, DAY)
        object.__setattr__(worker, "rankings", shared)
    workers[OPENED].restrictions.of_everybody()  # read once a batch, as all that its portfolios share
    harness.market.now = PLANNED
    with counted() as morning:
        workers[PLANNED].plan(key, DAY, version)
        harness.market.now = OPENED
        begun = time.process_time()
        with counted() as entering:
            workers[OPENED].enter(key, DAY)
        seconds = time.process_time() - begun + _at_aws(entering)
    harness.market.now = CLOSING
    with counted() as close:
        workers[CLOSING].close(key, DAY)
    assert harness.state(key).held == ()
    yield Figure(f"morning, {positions} positions, per portfolio", morning.total(), "DynamoDB requests", morning_target)
    minutes = round(seconds * PORTFOLIOS / WORKERS / 60, 1)
    yield Figure(f"{PORTFOLIOS:,} portfolios x {positions} positions enter, {WORKERS} workers", minutes, "min", 10)
    yield Figure(f"close, {positions} positions, per portfolio", close.total(), "DynamoDB requests", close_target)


def _at_aws(seen: Counter[str]) -> float:
    transactions = seen["TransactWriteItems"]
    return TRANSACTION_SECONDS * transactions + REQUEST_SECONDS * (seen.total() - transactions)


def monitoring() -> Iterator[Figure]:
    """Count a monitor pass over five symbols, with few and with more open positions."""
    symbols = tuple(f"M{number}" for number in range(5))
    for portfolios in (1, 10):
        harness = TradingDayHarness()
        harness.recommend(*symbols)
        for _ in range(portfolios):
            key = harness.portfolio().key
            harness.at(PLANNED).plan(key, DAY)
            harness.at(OPENED).enter(key, DAY)
        harness.market.now, harness.market.asked = NOON, 0
        job = _monitor(harness)
        with counted() as seen:
            job.monitor(NOON)
        most = 2 * SHARDS * len(symbols)
        yield Figure(
            f"monitor pass, {portfolios * 5} open positions: index queries",
            seen["Query by_stop"] + seen["Query by_target"],
            "requests",
            most,
        )
        yield Figure(f"monitor pass, {portfolios * 5} open positions: quotes", harness.market.asked, "requests", 1)


def listing() -> Iterator[Figure]:
    """Count the requests of a page of portfolios, before and after many trades."""
    harness = TradingDayHarness()
    store = DynamoPortfolioStore()
    keys = [harness.portfolio().key for _ in range(30)]
    for trades in (0, 50):
        for _ in range(trades):
            portfolio = harness.portfolios().get(keys[0])
            posting = portfolio.deposited(100, PLANNED)
            harness.at(PLANNED).store.commit(Change(posting.portfolio, entries=(posting.entry,)))
        with counted() as seen:
            store.page("ada", automated=None, after=None, limit=30)
        yield Figure(f"listing portfolios, {trades} trades behind", seen.total(), "requests a page", 3)


def prices() -> Iterator[Figure]:
    """Count the requests of a page of portfolios with the prices of what they hold, first stale and then fresh.

    Claims, and the keeping of what was asked for, are counted apart.
    """
    harness, store = TradingDayHarness(), DynamoPortfolioStore()
    for number in range(10):
        portfolio = harness.portfolio(is_automated=False)
        held = {f"H{n:03}": _held(f"H{n:03}") for n in range(10 * number, 10 * number + 10)}
        store.update(portfolio, Change(replace(portfolio, holdings=held)))
    for what in ("stale", "fresh"):
        provider = FakeProvider(quoted={(Exchange.NASDAQ, f"H{n:03}"): _quote(f"H{n:03}") for n in range(100)})
        cache = PriceCache(DynamoPriceRows(), replace(READER, claims=timedelta(minutes=1)), NOON)
        latest = LatestPrices(cache, lambda asked=provider: asked, frozenset({Exchange.NASDAQ}), MAX_SPREAD)
        with counted() as seen:
            page = store.page("ada", automated=False, after=None, limit=30)
            Valuation(latest).of_all(page.portfolios)
        writes = seen["UpdateItem"]
        requests = seen.total() - writes + len(provider.asked)
        yield Figure(f"listing with 100 {what} symbols: DynamoDB and provider", requests, "requests a page", 4)
        yield Figure(f"listing with 100 {what} symbols: claims and keeping", writes, "writes")


def _held(symbol: str) -> Holding:
    return Holding(symbol, Decimal(1), 100, Decimal(1), PLANNED)


def _quote(symbol: str) -> Quote:
    return Quote(Exchange.NASDAQ, symbol, Decimal(100), Decimal(100), NOON)


def _monitor(harness: TradingDayHarness) -> JobService:
    return JobService(
        index=DynamoWorkIndex(),
        days=Calendar(DynamoInstrumentStore()),
        quotes=QuoteCache(lambda: harness.market),
        rankings=CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore()),
        send=lambda _, messages: len(list(messages)),
        clock=FixedClock(NOON),
    )


def _median_ms(step: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(times), 3)
