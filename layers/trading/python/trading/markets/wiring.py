"""Builds the market services for one invocation; the provider's client is kept by the process."""

from functools import cache

from trading.markets.models import Exchange
from trading.markets.ports import MarketData
from trading.markets.service import Calendar, QuoteBook
from trading.markets.store import DynamoInstrumentStore
from trading.platform.settings import settings


@cache
def market_data() -> MarketData:
    """Return the market-data client that the environment names."""
    from trading.partners.market_data.alpaca import Alpaca  # noqa: PLC0415 - only those who ask for prices load it
    from trading.platform.secrets import secret_fields  # noqa: PLC0415

    told = settings()
    return Alpaca(
        base_url=told.market_data_url,
        credentials=lambda: secret_fields(told.market_data_secret),
        feed=told.market_data_feed,
        exchanges=frozenset(Exchange[code] for code in told.market_data_exchanges),
    )


def quote_book() -> QuoteBook:
    """Return quotes for one invocation."""
    return QuoteBook(market_data, settings().max_quote_spread)


def calendar() -> Calendar:
    """Return trading days for one invocation."""
    return Calendar(DynamoInstrumentStore())
