"""Seconds and requests of a replay of twenty days that were really traded, on tapes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.tapes import recorder_of, replay_service
from tests.support.trading_day import DAY, TradingDayHarness
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.backtest.replay import WantedReplay
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange

DAYS, POSITIONS = 20, 50
MAX_SECONDS, MAX_REQUESTS = 2, 5 * DAYS
"""Of the processor: other work on the machine is none of it, and requests are counted apart."""

SYMBOLS = tuple(f"T{number:03}" for number in range(POSITIONS))


def figures() -> Iterator[Figure]:
    """Measure a replay with the portfolio's own settings, and with others."""
    harness = TradingDayHarness()
    portfolio = harness.portfolio(DayTradingSettings(max_recommendations=POSITIONS))
    for day in _days():
        _trade(harness, portfolio.key, day)
    evening = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=23)
    for what, settings in (("own", portfolio.settings), ("other", replace(portfolio.settings, max_recommendations=25))):
        service, begun = replay_service(now=evening), time.process_time()
        with counted() as seen:
            replay = service.replay(
                harness.portfolios(evening).get(portfolio.key), WantedReplay(DAYS, settings, portfolio.rails)
            )
        seconds = time.process_time() - begun
        trades = sum(len(result.trades) for result in replay.days)
        assert what == "other" or [d.pnl_cents for d in replay.days] == [s.pnl_cents for s in replay.actual]
        yield Figure(f"replay of {DAYS} days, {what} settings, {trades:,} trades", round(seconds, 2), "s", MAX_SECONDS)
        yield Figure(f"replay of {DAYS} days, {what} settings", seen.total(), "requests", MAX_REQUESTS)


def _days() -> Iterator[date]:
    day, found = DAY, 0
    while found < DAYS:
        if trading_day(Exchange.NASDAQ, day) is not None:
            yield day
            found += 1
        day += timedelta(days=1)


def _trade(harness: TradingDayHarness, key: PortfolioKey, day: date) -> None:
    """Trade a day live, recorded as the schedule does it: each minute at first, then every ten."""
    session = trading_day(Exchange.NASDAQ, day)
    assert session is not None
    harness.recommend(*SYMBOLS, price="10", day=day)
    opened, closing = session.opens_at, session.closes_at - timedelta(minutes=30)
    harness.at(opened - timedelta(minutes=15)).plan(key, day)
    for minute in (*range(15), *range(20, int((closing - opened) / timedelta(minutes=1)) + 1, 10)):
        harness.market.now = opened + timedelta(minutes=minute)
        recorder_of(harness).record(harness.market.now)
        if minute == 0:
            harness.at(opened).enter(key, day)
            moved = {symbol: Decimal(10) + Decimal(place - 20) / 200 for place, symbol in enumerate(SYMBOLS)}
            harness.market.prices |= moved
    harness.at(closing).close(key, day)
