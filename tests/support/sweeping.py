"""The independent closer on an in-process DynamoDB, beside the harness of a trading day."""

from datetime import date, datetime

from tests.support.trading_day import DAY, TradingDayHarness
from trading.automation.closer.messages import SweepWork
from trading.automation.closer.models import SweepResult
from trading.automation.closer.ports import OpenPositions
from trading.automation.closer.service import CloserService, SweepJob
from trading.automation.closer.store import DynamoOpenPositions
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.portfolios.models import PortfolioKey
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock


def sweep(
    harness: TradingDayHarness,
    key: PortfolioKey,
    moment: datetime,
    *,
    since: date = DAY,
    positions: OpenPositions | None = None,
) -> SweepResult:
    """Have the closer sweep one portfolio at a moment; `since` an earlier day, the message is of that day."""
    harness.market.now = moment
    service = CloserService(
        positions=positions or DynamoOpenPositions(),
        quotes=QuoteCache(lambda: harness.market),
        days=Calendar(DynamoInstrumentStore()),
        broker=PaperBroker(),
        clock=FixedClock(moment),
    )
    return service.sweep(key, since, since if since < DAY else moment.date())


def found(moment: datetime) -> tuple[list[SweepWork], object]:
    """Return the portfolios that the closer's job hands out at a moment, and what it answers."""
    sent: list[SweepWork] = []
    job = SweepJob(
        positions=DynamoOpenPositions(),
        days=Calendar(DynamoInstrumentStore()),
        send=lambda queue, work: sent.extend(work) or len(sent),  # type: ignore[func-returns-value]
    )
    return sent, job.sweep(moment)
