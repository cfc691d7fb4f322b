"""Exchanges, instruments, quotes and daily bars."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum

QUOTE_LIFE = timedelta(minutes=15)


class Exchange(IntEnum):
    """An exchange by its id, as the API shows it."""

    TSE = 1
    NASDAQ = 2
    NYSE = 3

    @property
    def code(self) -> str:
        """Return the code by which people name the exchange."""
        return self.name

    @property
    def mic(self) -> str:
        """Return the ISO 10383 market identifier, by which calendars go."""
        return {"TSE": "XTSE", "NASDAQ": "XNAS", "NYSE": "XNYS"}[self.name]

    @property
    def currency(self) -> str:
        """Return the currency that the exchange trades in."""
        return "CAD" if self is Exchange.TSE else "USD"


@dataclass(frozen=True)
class TradingDay:
    """One exchange's session: the moments it opens and closes, in UTC."""

    exchange: Exchange
    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Instrument:
    """A symbol on an exchange; only active ones may be bought."""

    symbol: str
    exchange: Exchange
    active: bool = True


@dataclass(frozen=True)
class Quote:
    """A price, with 4 places, and the moment it was made."""

    symbol: str
    price: Decimal
    at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the quote still counts: one older than 15 minutes is no quote."""
        return now - self.at <= QUOTE_LIFE


@dataclass(frozen=True)
class Bar:
    """One day of one symbol, adjusted for splits and dividends."""

    symbol: str
    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
