"""Requests of the monitor's pass with the daily loss watched over many open portfolios, none near its limit."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.rails import job
from tests.support.trading_day import DAY, NOON, PLANNED, TradingDayHarness
from trading.automation.portfolios.models import Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.rows import Row, record_row
from trading.automation.rails.models import EquityMark, RailState
from trading.platform.ids import new_portfolio_id

PORTFOLIOS, POSITIONS, MAX_MORE = 10_000, 10, 20
SYMBOLS = tuple(f"W{number:03}" for number in range(50))


def figures() -> Iterator[Figure]:
    """Count a pass over many open portfolios, with the rail and without it."""
    harness = TradingDayHarness()
    harness.market.prices = {symbol: Decimal(100) for symbol in SYMBOLS}
    template = harness.portfolio()
    harness.at(NOON).index.register_held(template.exchange, DAY, SYMBOLS)
    without, _ = _pass(harness)
    with Row.batch_write() as batch:
        for number in range(PORTFOLIOS):
            batch.save(record_row(_open(template, number)))
    seen, seconds = _pass(harness)
    more = seen.total() - without.total() + without["Query by_exposure"]
    what = f"monitor pass, {PORTFOLIOS:,} open portfolios x {POSITIONS}, none near its loss limit"
    yield Figure(f"{what}: more", more, "requests", MAX_MORE)
    yield Figure(f"{what}: processor time", seconds, "s", 60)
    fallen = {symbol: Decimal(95) for symbol in SYMBOLS}
    harness.market.prices = fallen
    sent: list[tuple[str, object]] = []
    job(harness, NOON, sent).monitor(NOON)  # type: ignore[arg-type]
    yield Figure(f"{PORTFOLIOS:,} portfolios fall by 5 %: not found", PORTFOLIOS - len(sent), "portfolios", 0)


def _pass(harness: TradingDayHarness) -> tuple[Counter[str], float]:
    work = job(harness, NOON, [])
    begun = time.process_time()
    with counted() as seen:
        work.monitor(NOON)
    return seen, round(time.process_time() - begun, 1)


def _open(template: Portfolio, number: int) -> Portfolio:
    """Return a portfolio that is invested to the last cent, of an equity of $10,000."""
    symbols = [SYMBOLS[(number + place) % len(SYMBOLS)] for place in range(POSITIONS)]
    shares, price = Decimal(10), Decimal(100)
    holdings = {s: Holding(s, shares, 100_000, price, PLANNED, in_positions=shares) for s in symbols}
    mark = EquityMark(DAY, 1_000_000, 1_000_000)
    return replace(
        template,
        key=PortfolioKey("ada", new_portfolio_id()),
        cash_cents=0,
        holdings=holdings,
        open_positions=POSITIONS,
        rail_state=RailState(before_open=mark),
    )
