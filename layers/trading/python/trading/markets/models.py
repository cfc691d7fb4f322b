"""Exchanges, instruments, quotes, prices and daily bars."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from trading.platform.money import round_price


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
class LastTrade:
    """What was paid last for a symbol, with 4 places, and when."""

    price: Decimal
    at: datetime


@dataclass(frozen=True)
class Quote:
    """What is bid and asked for a symbol of an exchange, as a provider says it.

    It may be crossed, wide, old or nonsense: `trading.markets.belief` says whether it is a price.
    """

    exchange: Exchange
    symbol: str
    bid: Decimal
    ask: Decimal
    at: datetime
    last_trade: LastTrade | None = None

    @property
    def middle(self) -> Decimal:
        """Return the price half-way between bid and ask, with 4 places."""
        return round_price((self.bid + self.ask) / 2)


class PriceSource(StrEnum):
    """Where a price is from."""

    QUOTE = "quote"
    TRADE = "trade"
    CLOSE = "close"
    HAND = "hand"


@dataclass(frozen=True)
class Price:
    """A price that may be used: with 4 places, the moment it is of, and where it is from.

    `spread` is what the ask stood above the bid, 0 where the price is not from a quote.
    """

    amount: Decimal
    at: datetime
    source: PriceSource = PriceSource.QUOTE
    spread: Decimal = Decimal(0)


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
