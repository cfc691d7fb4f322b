"""Parity: bars and stored signal sets of a week give the live fills, commissions and cash to the cent, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS, Consumer
from sandbox.partners.market_data.history import shipped_history
from tests.support.world import World
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.automation.portfolios.positions import ExitReason
from trading.backtest.engine import Engine
from trading.backtest.models import DayBar, DayInput, DayResult
from trading.backtest.paths import SandboxWalk
from trading.ledger.models import Entry
from trading.ledger.store import DynamoJournal
from trading.markets.calendar import close_starts_at, monitor_until, trading_day
from trading.markets.models import Exchange, Instrument, TradingDay
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import NEW_YORK
from trading.platform.settings import settings
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

SHIPPED = ("AAPL", "GOOG", "IBM", "MSFT")
WEEK = tuple(date(2013, 2, day) for day in (20, 21, 22, 25, 26, 27))
COMPUTED, PINNED = WEEK[:2], WEEK[2:]
BANKROLL = 1_000_000
TIGHT = Decimal("0.2")
"""An average true range so small that stops and targets are reached within the day."""


@dataclass
class Week:
    """The deployed jobs and workers of a week, fired as the schedules do."""

    world: World

    def trade(self, day: TradingDay) -> None:
        at = datetime.combine(day.day, time(8, 30), NEW_YORK).astimezone(UTC)
        self._fire("build_signals", at)
        self._fire("plan_sessions", at + timedelta(minutes=45))
        self._fire("open_sessions", day.opens_at)
        moment = day.opens_at
        while moment <= monitor_until(day):
            self._fire("monitor_positions", moment)
            moment += timedelta(minutes=10)
        self._fire("close_sessions", close_starts_at(day))

    def _fire(self, name: str, moment: datetime) -> None:
        self.world.pass_to(moment)
        answer = self.world.fire(name)
        if isinstance(answer, dict) and answer.get("dispatched"):
            for row in FUNCTIONS:
                if row.area == "automation" and isinstance(row.trigger, Consumer):
                    while self.world.workers.work_off(row):
                        pass


@pytest.fixture
def week(world: World, monkeypatch: pytest.MonkeyPatch) -> Week:
    monkeypatch.setenv("SIGNAL_GATE", "advisory")
    settings.cache_clear()
    for symbol in SHIPPED:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    return Week(world)


def _bars() -> dict[tuple[date, str], DayBar]:
    return {
        (bar.day, bar.symbol): DayBar(bar.symbol, bar.open, bar.high, bar.low, bar.close)
        for bar in shipped_history()
        if bar.day in WEEK and bar.symbol in SHIPPED
    }


def _pinned(bars: dict[tuple[date, str], DayBar], day: date) -> SignalSet:
    before = WEEK[WEEK.index(day) - 1]
    items = tuple(
        Recommendation(symbol, Decimal("0.006"), Decimal("0.005"), TIGHT, bars[before, symbol].close)
        for symbol in SHIPPED
    )
    return SignalSet(Exchange.NASDAQ, day, Source.PINNED, f"pinned-{day}", items)


def _inputs(bars: dict[tuple[date, str], DayBar]) -> list[DayInput]:
    """Return the days as they were: the stored sets, the raw bars."""
    days = [trading_day(Exchange.NASDAQ, day) for day in WEEK]
    store = DynamoSignalStore()
    return [
        DayInput(
            day,
            store.read(Exchange.NASDAQ, day.day),
            {symbol: bars[day.day, symbol] for symbol in SHIPPED if (day.day, symbol) in bars},
        )
        for day in days
        if day is not None
    ]


def _booked(entries: Sequence[Entry]) -> list[Any]:
    """Return everything of entries that does not name their portfolio."""
    return [(entry.kind, entry.at, entry.lines, entry.balance_cents, entry.trade) for entry in entries if entry.trade]


def test_a_week_of_the_simulated_market_is_what_was_traded_live(week: Week) -> None:
    bars = _bars()
    created = week.world.call("create_portfolio", body={"name": "Mine", "exchange": "NASDAQ", "is_automated": True})
    key = PortfolioKey("ada", created.body["id"])
    for day in PINNED:
        DynamoSignalStore().save(_pinned(bars, day))
    for day in WEEK:
        session = trading_day(Exchange.NASDAQ, day)
        assert session is not None
        week.trade(session)
    live = DynamoJournal().since(key.text, 0)

    results: list[DayResult] = list(
        Engine(DayTradingSettings(), path=SandboxWalk()).run(Exchange.NASDAQ, BANKROLL, _inputs(bars))
    )

    replayed = [entry for result in results for entry in result.fills]
    assert _booked(replayed) == _booked(live)
    assert len(replayed) >= 2 * len(SHIPPED) * len(PINNED) - 2
    assert results[-1].closing_cents == live[-1].balance_cents
    assert [dict(result.blocks) for result in results if result.blocks] == [{"stop_guard": 1}, {"stop_guard": 1}]
    reasons = {trade.exit_reason for result in results for trade in result.trades}
    assert reasons == {ExitReason.STOP_HIT, ExitReason.TARGET_HIT, ExitReason.SESSION_CLOSE}
