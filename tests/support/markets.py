"""Instruments, recommendations and a market in memory, and bars to make signals of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.markets.corporate_actions.models import CorporateAction, FiledAction
from trading.markets.models import Bar, Exchange, Instrument, LastTrade, Quote
from trading.platform.errors import StaleRecord
from trading.signals.models import Assessment, GateChange, SignalSet, Source


def bars_before(trade_date: date, closes: Sequence[Decimal | int], *, symbol: str = "AAPL") -> tuple[Bar, ...]:
    """Return a bar a day up to the day before a trade date, each from one dollar below its close to one above."""
    first = trade_date - timedelta(days=len(closes))
    return tuple(bar(first + timedelta(days=number), close, symbol=symbol) for number, close in enumerate(closes))


def bar(day: date, close: Decimal | int, *, symbol: str = "AAPL") -> Bar:
    """Return a day's bar from one dollar below its close to one above."""
    price = Decimal(close)
    return Bar(symbol, day, price, price + 1, price - 1, price, 1000)


@dataclass
class FakeMarket:
    """A market that answers what tests gave it, and remembers what it was asked."""

    bars: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    given: Sequence[Quote] = ()
    trades: Mapping[str, LastTrade] = field(default_factory=dict)
    covered: frozenset[Exchange] = frozenset(Exchange)
    fails_with: Exception | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    asked_for_trades: list[tuple[str, ...]] = field(default_factory=list)

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        self._note(symbols)
        return {quote.symbol: quote for quote in self.given if quote.exchange is exchange and quote.symbol in symbols}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        del exchange
        self.asked_for_trades.append(tuple(symbols))
        return {symbol: self.trades[symbol] for symbol in symbols if symbol in self.trades}

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        del exchange
        self._note(symbols)
        return {
            symbol: tuple(bar for bar in self.bars[symbol] if since <= bar.day <= until)
            for symbol in symbols
            if symbol in self.bars
        }

    def covers(self, exchange: Exchange) -> bool:
        return exchange in self.covered

    def _note(self, symbols: Collection[str]) -> None:
        self.asked.append(tuple(symbols))
        if self.fails_with:
            raise self.fails_with


@dataclass
class FakeInstruments:
    """A registry in memory, which counts how often it is asked for closures."""

    kept: dict[tuple[Exchange, str], Instrument] = field(default_factory=dict)
    closed: set[tuple[Exchange, date]] = field(default_factory=set)
    asked_for_closures: int = 0

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        return self.kept.get((exchange, symbol))

    def listed(self, exchange: Exchange) -> tuple[Instrument, ...]:
        found = (
            instrument for instrument in self.kept.values() if instrument.exchange is exchange and instrument.active
        )
        return tuple(sorted(found, key=lambda instrument: instrument.symbol))

    def save(self, instrument: Instrument) -> None:
        self.kept[instrument.exchange, instrument.symbol] = instrument

    def closures(self, exchange: Exchange, day: date) -> Mapping[date, datetime | None]:
        del day
        self.asked_for_closures += 1
        return {closed: None for on, closed in self.closed if on is exchange}


@dataclass
class FakeSignals:
    """Recommendations in memory."""

    kept: dict[tuple[Exchange, date], SignalSet] = field(default_factory=dict)

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        found = self.read(exchange, trade_date)
        return found.version if found else None

    def read(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        return self.kept.get((exchange, trade_date))

    def header(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        found = self.read(exchange, trade_date)
        return replace(found, recommendations=()) if found else None

    def best(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        found = self.read(exchange, trade_date)
        return replace(found, recommendations=found.recommendations[:500]) if found else None

    def save(self, signals: SignalSet) -> bool:
        stored = self.read(signals.exchange, signals.trade_date)
        if stored and stored.source is Source.PINNED and signals.source is not Source.PINNED:
            return False
        self.kept[signals.exchange, signals.trade_date] = signals
        return True


@dataclass
class FakeAssessments:
    """Assessments of strategies in memory, each written on the condition of its revision."""

    kept: dict[tuple[Exchange, Source], Assessment] = field(default_factory=dict)
    changed: list[GateChange] = field(default_factory=list)

    def find(self, exchange: Exchange, strategy: Source) -> Assessment | None:
        return self.kept.get((exchange, strategy))

    def of(self, exchange: Exchange, strategy: Source, model: str) -> Assessment:
        found = self.find(exchange, strategy)
        return found if found and found.model == model else Assessment(model)

    def save(
        self, exchange: Exchange, strategy: Source, assessment: Assessment, change: GateChange | None = None
    ) -> None:
        before = self.find(exchange, strategy)
        if assessment.revision != (before.revision if before else 0) + 1:
            raise StaleRecord("The record changed meanwhile; please try again.")
        self.kept[exchange, strategy] = assessment
        self.changed += [change] if change else []

    def changes(self, limit: int) -> tuple[GateChange, ...]:
        return tuple(reversed(self.changed))[:limit]


@dataclass
class FakeActions:
    """Corporate actions on file, in memory."""

    kept: list[CorporateAction] = field(default_factory=list)

    def filed(self, exchange: Exchange, since: date, until: date) -> tuple[FiledAction, ...]:
        found = (action for action in self.kept if action.exchange is exchange and since <= action.ex_date <= until)
        return tuple(FiledAction(action, since) for action in found)

    def file(self, actions: Iterable[CorporateAction], on: date) -> None:
        del on
        self.kept.extend(actions)
