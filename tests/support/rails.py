"""Portfolios on their trading day for tests of rails: entered, losing, watched by the monitor's own job."""

from collections.abc import Iterable
from datetime import datetime

from tests.support.trading_day import DAY, OPENED, PLANNED, TradingDayHarness
from trading.automation.day_trading.jobs import JobService
from trading.automation.day_trading.messages import ExitWork, SessionWork
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.signals.store import DynamoSignalStore

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
BOLD = DayTradingSettings(max_recommendations=4)
"""A quarter of the cash for each of four symbols, as far as the risk per trade allows."""


def entered(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    """Have a new portfolio enter a position in each symbol."""
    harness.recommend(*(symbols or SYMBOLS))
    key = harness.portfolio(BOLD).key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    assert harness.state(key).held
    return key


def job(harness: TradingDayHarness, moment: datetime, sent: list[tuple[str, ExitWork | SessionWork]]) -> JobService:
    """Return the jobs of the trading day at a moment; what they hand out is added to `sent`, with its queue."""

    def send(queue: str, messages: Iterable[ExitWork | SessionWork]) -> int:
        found = [(queue, message) for message in messages]
        sent.extend(found)
        return len(found)

    harness.market.now = moment
    return JobService(
        index=DynamoWorkIndex(),
        days=Calendar(DynamoInstrumentStore()),
        quotes=QuoteCache(lambda: harness.market),
        rankings=CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore()),
        send=send,
        clock=FixedClock(moment),
    )


def due_to_close(harness: TradingDayHarness, moment: datetime) -> list[PortfolioKey]:
    """Return the portfolios that the job of each minute would have closed."""
    sent: list[tuple[str, ExitWork | SessionWork]] = []
    job(harness, moment, sent).close(moment)
    return [work.key for _, work in sent]
