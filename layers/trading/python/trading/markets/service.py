"""Quotes and trading days for one invocation: each is asked for once, whoever needs it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from trading.markets.batches import batches
from trading.markets.belief import MAX_SPREAD, Purpose, Reason, believable, depends_on_trade
from trading.markets.calendar import Closures, cut_short, trading_day
from trading.markets.models import Exchange, LastTrade, Price, Quote, TradingDay
from trading.markets.ports import InstrumentStore, QuoteSource
from trading.platform.clock import running_time, trading_date
from trading.platform.errors import PartnerError
from trading.platform.observability import count

MAX_CLOSED_DAYS = 30
CLOSURES_KEPT = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class QuoteCache:
    """Quotes of one invocation, by exchange and symbol. What the provider did not give is simply not there.

    `market` gives the provider; whoever asks for no quote never needs it.
    """

    market: Callable[[], QuoteSource]
    max_spread: Decimal = MAX_SPREAD
    running_time: Callable[[], timedelta] = running_time
    _known: dict[tuple[Exchange, str], Quote | None] = field(default_factory=dict)
    _traded: dict[tuple[Exchange, str], LastTrade | None] = field(default_factory=dict)

    def prices(
        self, exchange: Exchange, last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols are worth for a purpose, of those whose quotes can be had and believed.

        `last_prices` names the symbols, each with the last price that was believed, if there is one.
        The last trade is asked for where it decides.
        """
        missing = sorted(symbol for symbol in last_prices if (exchange, symbol) not in self._known)
        asked_at = self.running_time()
        for batch in batches(missing):
            self._known.update(self._ask(exchange, batch))
        return self._judge(exchange, last_prices, purpose.after_waiting(self._since(asked_at)), now)

    def judge(
        self, quotes: Collection[Quote], last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols of one exchange are worth for a purpose by quotes that are known already.

        Nobody is asked: the last trade counts that a quote brings along.
        """
        return _prices_of(
            {
                quote.symbol: believable(quote, purpose, now, last_prices.get(quote.symbol), max_spread=self.max_spread)
                for quote in quotes
            }
        )

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trades of symbols, of those that can be had."""
        self._add_trades(exchange, symbols)
        found = {symbol: self._traded.get((exchange, symbol)) for symbol in symbols}
        return {symbol: trade for symbol, trade in found.items() if trade is not None}

    def _judge(
        self, exchange: Exchange, last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        found = self._believed(exchange, last_prices, purpose, now)
        doubtful = {s: last_prices[s] for s, reason in found.items() if _depends_on_trade(reason, purpose)}
        asked_at = self.running_time()
        self._add_trades(exchange, doubtful.keys())
        found |= self._believed(exchange, doubtful, purpose.after_waiting(self._since(asked_at)), now)
        return _prices_of(found)

    def _believed(
        self, exchange: Exchange, last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> dict[str, Price | Reason]:
        known = {symbol: self._known.get((exchange, symbol)) for symbol in last_prices}
        quotes = {
            symbol: replace(quote, last_trade=self._traded.get((exchange, symbol)) or quote.last_trade)
            for symbol, quote in known.items()
            if quote is not None
        }
        return {
            symbol: believable(quote, purpose, now, last_prices[symbol], max_spread=self.max_spread)
            for symbol, quote in quotes.items()
        }

    def _add_trades(self, exchange: Exchange, symbols: Collection[str]) -> None:
        for batch in batches(sorted(symbol for symbol in symbols if (exchange, symbol) not in self._traded)):
            found = self._ask_for_trades(exchange, batch)
            self._traded.update({(exchange, symbol): found.get(symbol) for symbol in batch})

    def _since(self, moment: timedelta) -> timedelta:
        return self.running_time() - moment

    def _ask(self, exchange: Exchange, symbols: Sequence[str]) -> dict[tuple[Exchange, str], Quote | None]:
        try:
            found = self.market().quotes(exchange, symbols)
        except PartnerError as error:
            count("QuotesUnavailable", dimensions={"code": error.code})
            return dict.fromkeys((exchange, symbol) for symbol in symbols)
        return {(exchange, symbol): found.get(symbol, _nothing_quoted(exchange, symbol)) for symbol in symbols}

    def _ask_for_trades(self, exchange: Exchange, symbols: Sequence[str]) -> Mapping[str, LastTrade]:
        try:
            return self.market().last_trades(exchange, symbols)
        except PartnerError as error:
            count("QuotesUnavailable", dimensions={"code": error.code})
            return {}


@dataclass(frozen=True)
class Calendar:
    """Trading days, with the closures and early closes that no calendar foresaw."""

    instruments: InstrumentStore
    _kept: dict[tuple[Exchange, date], TradingDay | None] = field(default_factory=dict)

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None. One request per exchange and day."""
        if (exchange, day) not in self._kept:
            regular = trading_day(exchange, day)
            closures = self.instruments.closures(exchange, day) if regular else {}
            self._kept[exchange, day] = cut_short(regular, closures) if regular else None
        return self._kept[exchange, day]

    def session_at(self, exchange: Exchange, now: datetime) -> TradingDay:
        """Return the session that runs at a moment, or else the next one.

        Raises:
            LookupError: if none begins within weeks: the calendar cannot be right.
        """
        today = trading_date(now)
        days = (self.trading_day(exchange, today + timedelta(days=ahead)) for ahead in range(MAX_CLOSED_DAYS))
        for day in days:
            if day is not None and now < day.closes_at:
                return day
        raise LookupError(f"{exchange.code} has no session from {today} on")


@dataclass
class RecentClosures:
    """Closures for what is only shown: a process asks for those of an exchange once a minute, whoever reads."""

    ask: Callable[[Exchange, date], Closures]
    running_time: Callable[[], timedelta] = running_time
    _kept: dict[tuple[Exchange, date], tuple[timedelta, Closures]] = field(default_factory=dict)

    def around(self, exchange: Exchange, day: date) -> Closures:
        """Return an exchange's closures around a day, as they were at most a minute ago."""
        kept = self._kept.get((exchange, day))
        if kept is None or self.running_time() - kept[0] > CLOSURES_KEPT:
            kept = self._kept[exchange, day] = (self.running_time(), self.ask(exchange, day))
        return kept[1]


def _prices_of(judged: Mapping[str, Price | Reason]) -> Mapping[str, Price]:
    """Return what was believed, and count what was not by its reason."""
    for reason, times in Counter(answer for answer in judged.values() if isinstance(answer, Reason)).items():
        count("QuotesNotBelieved", times, dimensions={"reason": reason})
    return {symbol: price for symbol, price in judged.items() if isinstance(price, Price)}


def _nothing_quoted(exchange: Exchange, symbol: str) -> Quote:
    """Return a quote without sides: it is no price, but the last trade may stand in for it."""
    return Quote(exchange, symbol, Decimal(0), Decimal(0), NEVER)


def _depends_on_trade(judged: Price | Reason, purpose: Purpose) -> bool:
    return isinstance(judged, Reason) and depends_on_trade(judged, purpose)
