"""Alpaca's market data API v2: latest quotes, last trades and daily bars.

    GET /v2/stocks/quotes/latest   symbols, feed                     bid and ask
    GET /v2/stocks/trades/latest   symbols, feed                     the last trade
    GET /v2/stocks/bars            symbols, timeframe=1Day, ...      adjusted, page by page

What cannot be read, or is refused, of one symbol leaves the others as they are. Alpaca knows one
namespace for all exchanges of the United States: who asks for an exchange that it does not cover
gets nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from trading.markets.models import Bar, Exchange, LastTrade, Quote
from trading.partners.market_data import reading
from trading.partners.market_data.batches import RefusedSymbols, in_batches
from trading.partners.market_data.connection import Connection, readable
from trading.partners.market_data.symbols import by_our_symbols, their_symbol

T = TypeVar("T")


@dataclass(frozen=True)
class Alpaca:
    """Asks Alpaca, in its own spelling of symbols."""

    connection: Connection
    feed: str
    exchanges: frozenset[Exchange]
    refused: RefusedSymbols

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        return exchange in self.exchanges

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol, however old or odd.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, Quote]:
            answer = self.connection.get("/v2/stocks/quotes/latest", self._query(theirs))
            with readable():
                return reading.quotes(exchange, answer)

        found = self._found(exchange, symbols, ask)
        return {symbol: replace(quote, symbol=symbol) for symbol, quote in found.items()}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trade of each symbol, however old.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, LastTrade]:
            answer = self.connection.get("/v2/stocks/trades/latest", self._query(theirs))
            with readable():
                return reading.trades(answer)

        return self._found(exchange, symbols, ask)

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        """Return each symbol's adjusted daily bars, oldest first, both days included.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, tuple[Bar, ...]]:
            found: dict[str, tuple[Bar, ...]] = {}
            for page in self._bar_pages(theirs, since, until):
                with readable():
                    for symbol, bars in reading.bars(page).items():
                        found[symbol] = found.get(symbol, ()) + bars
            return found

        bars = self._found(exchange, symbols, ask)
        return {symbol: _in_order(symbol, found, since, until) for symbol, found in bars.items()}

    def _found(
        self, exchange: Exchange, symbols: Collection[str], ask: Callable[[Sequence[str]], Mapping[str, T]]
    ) -> dict[str, T]:
        theirs = [their_symbol(symbol) for symbol in symbols] if self.covers(exchange) else []
        return by_our_symbols(in_batches(theirs, ask, self.refused), symbols)

    def _query(self, symbols: Sequence[str]) -> dict[str, str]:
        return {"symbols": ",".join(symbols), "feed": self.feed}

    def _bar_pages(
        self,
        symbols: Sequence[str],
        since: date,
        until: date,
        *,
        adjustment: str = "all",
        read: Callable[[str], Any] | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        query = self._query(symbols) | {
            "timeframe": "1Day",
            "start": since.isoformat(),
            "end": until.isoformat(),
            "adjustment": adjustment,
            "limit": "10000",
        }
        while True:
            answer = self.connection.get("/v2/stocks/bars", query, read)
            yield answer
            if not answer.get("next_page_token"):
                return
            query["page_token"] = str(answer["next_page_token"])


def _in_order(symbol: str, bars: Iterable[Bar], since: date, until: date) -> tuple[Bar, ...]:
    """Return a bar a day, oldest first, of the days that were asked for; of two of a day the later one counts."""
    by_day = {bar.day: bar for bar in bars if since <= bar.day <= until}
    return tuple(replace(by_day[day], symbol=symbol) for day in sorted(by_day))
