"""Replays on an in-process DynamoDB, and the recorder of the tapes that they run on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from tests.support.trading_day import TradingDayHarness
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.backtest.models import DayBar
from trading.backtest.recorder import TapeRecorder
from trading.backtest.records import StoredRecords
from trading.backtest.replay import ReplayService
from trading.backtest.store import DynamoTapeStore
from trading.ledger.store import DynamoJournal
from trading.markets.models import Exchange
from trading.markets.service import Calendar
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.signals.gate import Gate
from trading.signals.store import DynamoSignalStore

EVENING = datetime(2013, 2, 20, 23, 0, tzinfo=UTC)
COVERED = frozenset({Exchange.NASDAQ})


@dataclass
class FakeBars:
    """Raw bars by day, which remember what was asked for."""

    days: dict[date, dict[str, DayBar]] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def raw_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[date, Mapping[str, DayBar]]:
        del exchange
        self.asked.append(tuple(symbols))
        return {day: bars for day, bars in self.days.items() if since <= day <= until}


def replay_service(bars: FakeBars | None = None, now: datetime = EVENING) -> ReplayService:
    """Return the service at a moment."""
    return ReplayService(
        signals=DynamoSignalStore(),
        tapes=DynamoTapeStore(),
        bars=bars or FakeBars(),
        records=StoredRecords(DynamoSessionStore(), DynamoPortfolioStore(), DynamoJournal()),
        days=Calendar(DynamoInstrumentStore()),
        gate=Gate.ADVISORY,
        clock=FixedClock(now),
    )


def recorder_of(harness: TradingDayHarness) -> TapeRecorder:
    """Return the recorder of what a harness's market shows."""
    days = Calendar(DynamoInstrumentStore())
    return TapeRecorder(DynamoSignalStore(), harness.market, DynamoTapeStore(), days, COVERED)
