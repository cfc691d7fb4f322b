"""Alpaca's prices of instruments of several exchanges at once: its symbols are one namespace, one request will do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from trading.markets.models import Exchange, Quote
from trading.markets.prices.models import Close
from trading.partners.market_data import reading
from trading.partners.market_data.alpaca import Alpaca
from trading.partners.market_data.batches import in_batches
from trading.partners.market_data.connection import readable
from trading.partners.market_data.symbols import their_symbol

T = TypeVar("T")
Listings = Collection[tuple[Exchange, str]]


class AlpacaPrices(Alpaca):
    """Asks Alpaca for prices that everybody shares."""

    def quotes_of(self, listings: Listings) -> Mapping[tuple[Exchange, str], Quote]:
        """Return the latest quote of each instrument, however old or odd.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, Quote]:
            answer = self.connection.get("/v2/stocks/quotes/latest", self._query(theirs))
            with readable():
                return reading.quotes(Exchange.NASDAQ, answer)

        found = self._by_listing(listings, ask)
        return {listing: replace(quote, exchange=listing[0], symbol=listing[1]) for listing, quote in found.items()}

    def latest_closes(self, listings: Listings) -> Mapping[tuple[Exchange, str], Close]:
        """Return the close of the latest day of each instrument that Alpaca has one of.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, Close]:
            answer = self.connection.get("/v2/stocks/snapshots", self._query(theirs))
            with readable():
                return {symbol: Close(bar.day, bar.close) for symbol, bar in reading.latest_bars(answer).items()}

        return self._by_listing(listings, ask)

    def closes_of(self, listings: Listings, day: date) -> Mapping[tuple[Exchange, str], Close]:
        """Return the official close of each instrument on a day that is over, as it was paid, not adjusted.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, Close]:
            days = {"start": day.isoformat(), "end": day.isoformat(), "timeframe": "1Day", "adjustment": "raw"}
            answer = self.connection.get("/v2/stocks/bars", self._query(theirs) | days)
            with readable():
                bars = reading.bars(answer)
            return {symbol: Close(day, bar.close) for symbol, found in bars.items() for bar in found if bar.day == day}

        return self._by_listing(listings, ask)

    def _by_listing(
        self, listings: Listings, ask: Callable[[Sequence[str]], Mapping[str, T]]
    ) -> dict[tuple[Exchange, str], T]:
        theirs = {listing: their_symbol(listing[1]) for listing in listings if self.covers(listing[0])}
        found = in_batches(theirs.values(), ask, self.refused)
        return {listing: found[symbol] for listing, symbol in theirs.items() if symbol in found}
