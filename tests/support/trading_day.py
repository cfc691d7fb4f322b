"""One trading day on an in-process DynamoDB: real services and stores, a market that tests set."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.service import SessionService
from trading.automation.day_trading.store import DynamoBuyRestrictions, DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.automation.portfolios.positions import PortfolioState, Position
from trading.automation.portfolios.service import NewPortfolio, PortfolioService
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.brokerage.halt_rows import load_buy_restriction
from trading.ledger.service import Opening, follows
from trading.ledger.store import DynamoJournal
from trading.markets.models import Bar, Exchange, Instrument, LastTrade, Quote
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.platform.inbox import DynamoReceipts
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 19)
PLANNED = datetime(2013, 2, 19, 14, 15, tzinfo=UTC)
OPENED = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
NOON = datetime(2013, 2, 19, 17, 0, tzinfo=UTC)
CLOSING = datetime(2013, 2, 19, 20, 30, tzinfo=UTC)
_names = count()


@dataclass
class FakeMarket:
    """A market whose quotes are always fresh, without a spread but for those given in `quoted`."""

    prices: dict[str, Decimal] = field(default_factory=dict)
    quoted: dict[str, Quote] = field(default_factory=dict)
    trades: dict[str, LastTrade] = field(default_factory=dict)
    now: datetime = PLANNED
    asked: int = 0
    asked_for_trades: list[tuple[str, ...]] = field(default_factory=list)

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        self.asked += 1
        prices = {symbol: self.prices[symbol] for symbol in symbols if symbol in self.prices}
        plain = {s: Quote(exchange, s, price, price, self.now) for s, price in prices.items()}
        return plain | {symbol: self.quoted[symbol] for symbol in symbols if symbol in self.quoted}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        del exchange
        self.asked_for_trades.append(tuple(symbols))
        plain = {symbol: LastTrade(self.prices[symbol], self.now) for symbol in symbols if symbol in self.prices}
        return plain | {symbol: self.trades[symbol] for symbol in symbols if symbol in self.trades}

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        del exchange, symbols, since, until
        return {}

    def covers(self, exchange: Exchange) -> bool:
        return exchange is not Exchange.TSE


@dataclass
class TradingDayHarness:
    """A portfolio and everything that trades it."""

    market: FakeMarket = field(default_factory=FakeMarket)

    def at(self, moment: datetime) -> SessionService:
        """Return the session service of one invocation at a moment."""
        self.market.now = moment
        return SessionService(
            store=DynamoSessionStore(),
            index=DynamoWorkIndex(),
            ledger=DynamoJournal(),
            quotes=QuoteCache(lambda: self.market),
            rankings=CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore()),
            days=Calendar(DynamoInstrumentStore()),
            broker=PaperBroker(),
            restrictions=DynamoBuyRestrictions(),
            clock=FixedClock(moment),
        )

    def portfolios(self, moment: datetime = PLANNED) -> PortfolioService:
        """Return the portfolio service at a moment."""
        return PortfolioService(
            store=DynamoPortfolioStore(),
            sessions=DynamoSessionStore(),
            journal=DynamoJournal(),
            instruments=DynamoInstrumentStore(),
            receipts=DynamoReceipts(),
            covered=frozenset({Exchange.NASDAQ, Exchange.NYSE}),
            restriction_of=load_buy_restriction,
            clock=FixedClock(moment),
        )

    def portfolio(self, settings: DayTradingSettings | None = None, **changes: object) -> Portfolio:
        """Open an automated portfolio with $10,000 on NASDAQ."""
        new = NewPortfolio(
            name=f"portfolio {next(_names)}",
            exchange=Exchange.NASDAQ,
            is_automated=True,
            settings=settings or DayTradingSettings(),
        )
        return self.portfolios().create("ada", replace(new, **changes))

    def recommend(self, *symbols: str, price: str = "100", day: date = DAY) -> None:
        """Pin recommendations for a day, and have the market quote each symbol at that price."""
        items = tuple(
            Recommendation(symbol, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(price))
            for symbol in symbols
        )
        DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, day, Source.PINNED, "-".join(symbols)[:40], items))
        for symbol in symbols:
            DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
            self.market.prices[symbol] = Decimal(price)

    def state(self, key: PortfolioKey) -> PortfolioState:
        """Return what the portfolio's partition holds now."""
        state = DynamoSessionStore().load(key, DAY)
        assert state is not None
        return state

    def position(self, key: PortfolioKey, symbol: str) -> Position:
        """Return the day's position in a symbol."""
        return next(position for position in self.state(key).positions if position.symbol == symbol)


def assert_sound(state: PortfolioState) -> None:
    """Hold the whole book against the whole ledger: cash, sequence, quantities, one fill per position and side."""
    key = state.key.text
    entries = DynamoJournal().since(key, 0)
    assert follows(Opening(0, 0), entries, state.portfolio.cash_cents)
    assert state.portfolio.cash_cents >= 0
    fills = [(e.trade.symbol, e.trade.trade_date, e.kind) for e in entries if e.trade and e.trade.trade_date]
    assert len(fills) == len(set(fills))
    assert len({entry.entry_id for entry in entries}) == len(entries)
    assert state.portfolio.open_positions == len(state.held)
    held: dict[str, Decimal] = {}
    for position in state.held:
        held[position.symbol] = held.get(position.symbol, Decimal(0)) + position.shares
    assert held == {s: h.in_positions for s, h in state.portfolio.holdings.items() if h.in_positions}
