"""Builds the market services for one invocation; the provider's client is kept by the process."""

import os
from functools import cache

from trading.markets.models import Exchange
from trading.markets.ports import MarketData
from trading.markets.service import Calendar, QuoteBook
from trading.markets.store import DynamoInstrumentStore


@cache
def market_data() -> MarketData:
    """Return the market-data client that the environment names."""
    from trading.partners.market_data.alpaca import Alpaca  # noqa: PLC0415 - only those who ask for prices load it
    from trading.platform.secrets import secret_fields  # noqa: PLC0415

    return Alpaca(
        base_url=os.environ["MARKET_DATA_URL"],
        credentials=lambda: secret_fields(os.environ["MARKET_DATA_SECRET"]),
        feed=os.environ.get("MARKET_DATA_FEED", "iex"),
        exchanges=frozenset(Exchange[code] for code in os.environ["MARKET_DATA_EXCHANGES"].split(",")),
    )


def quote_book() -> QuoteBook:
    """Return quotes for one invocation."""
    return QuoteBook(market_data)


def calendar() -> Calendar:
    """Return trading days for one invocation."""
    return Calendar(DynamoInstrumentStore())
