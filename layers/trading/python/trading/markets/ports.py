"""What the market areas need of the world outside."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Protocol

from trading.markets.models import Bar, Exchange, Instrument, Quote


class MarketData(Protocol):
    """Prices of instruments. Symbols without data are absent from the answers."""

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol, however old.

        Raises:
            Unavailable: if the provider cannot be asked now.
        """
        ...

    def daily_bars(self, symbols: Collection[str], *, since: date, until: date) -> Mapping[str, tuple[Bar, ...]]:
        """Return each symbol's adjusted daily bars, oldest first, both days included.

        Raises:
            Unavailable: if the provider cannot be asked now.
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

    def closures(self, exchange: Exchange, day: date) -> frozenset[date]:
        """Return the ad-hoc closures of an exchange around a day (the week before to the week after)."""
        ...

    def save_closure(self, exchange: Exchange, day: date) -> None:
        """Record that an exchange stays closed on a day."""
        ...
