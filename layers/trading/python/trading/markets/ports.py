"""What the market areas need of the world outside."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from trading.markets.models import Bar, Exchange, Instrument, LastTrade, Quote


class QuoteSource(Protocol):
    """Quotes of an exchange's instruments. Symbols without data are absent, whatever the provider made of them."""

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol, however old or odd.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trade of each symbol, however old.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...


class MarketData(QuoteSource, Protocol):
    """Prices of an exchange's instruments, with their history."""

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        """Return each symbol's adjusted daily bars, oldest first, both days included.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        ...


class InstrumentStore(Protocol):
    """The registry of instruments, and closures that no calendar foresaw."""

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """Return an instrument of an exchange, active or not."""
        ...

    def listed(self, exchange: Exchange) -> tuple[Instrument, ...]:
        """Return the exchange's active instruments, by symbol."""
        ...

    def save(self, instrument: Instrument) -> None:
        """Add or replace an instrument."""
        ...

    def closures(self, exchange: Exchange, day: date) -> Mapping[date, datetime | None]:
        """Return the ad-hoc closures of an exchange around a day (the week before to the week after).

        Each with the moment of an early close, None where it stays closed.
        """
        ...
