"""Quotes and prices for tests."""

from datetime import datetime
from decimal import Decimal

from trading.markets.models import Exchange, LastTrade, Price, Quote


def quoted(
    symbol: str,
    price: Decimal | int | str,
    at: datetime,
    *,
    ask: Decimal | int | str | None = None,
    exchange: Exchange = Exchange.NASDAQ,
) -> Quote:
    """Return a quote whose bid and ask are a price, or whose bid is that and whose ask another."""
    return Quote(exchange, symbol, Decimal(price), Decimal(price if ask is None else ask), at)


def traded(price: Decimal | int | str, at: datetime) -> LastTrade:
    """Return a last trade."""
    return LastTrade(Decimal(price), at)


def priced(price: Decimal | int | str, at: datetime) -> Price:
    """Return a price from a quote without a spread."""
    return Price(Decimal(price), at)
