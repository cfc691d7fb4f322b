"""Builds the market services for one invocation; the provider's client is kept by the process."""

from functools import cache

from trading.markets.corporate_actions.ports import Announcements
from trading.markets.models import Exchange
from trading.markets.ports import MarketData
from trading.markets.service import Calendar, QuoteBook
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import current_clock, trading_date
from trading.platform.settings import settings


@cache
def market_data() -> MarketData:
    """Return the market-data client that the environment names."""
    # Only those who ask for prices load what it takes to.
    from trading.partners.market_data.alpaca import Alpaca  # noqa: PLC0415
    from trading.partners.market_data.connection import Connection  # noqa: PLC0415
    from trading.partners.market_data.store import DynamoRefusedSymbols  # noqa: PLC0415
    from trading.platform.secrets import secret_fields  # noqa: PLC0415

    told = settings()
    return Alpaca(
        Connection(told.market_data_url, lambda: secret_fields(told.market_data_secret)),
        feed=told.market_data_feed,
        exchanges=covered_exchanges(),
        refused=DynamoRefusedSymbols(lambda: trading_date(current_clock().now())),
    )


@cache
def announcements() -> Announcements:
    """Return the client that tells of corporate actions."""
    from trading.partners.market_data.announcements import AlpacaAnnouncements  # noqa: PLC0415
    from trading.partners.market_data.connection import Connection  # noqa: PLC0415
    from trading.partners.market_data.store import DynamoRefusedSymbols  # noqa: PLC0415
    from trading.platform.secrets import secret_fields  # noqa: PLC0415

    told = settings()
    return AlpacaAnnouncements(
        Connection(told.market_data_url, lambda: secret_fields(told.market_data_secret)),
        feed=told.market_data_feed,
        exchanges=covered_exchanges(),
        refused=DynamoRefusedSymbols(lambda: trading_date(current_clock().now())),
    )


def covered_exchanges() -> frozenset[Exchange]:
    """Return the exchanges that the provider has data of."""
    return frozenset(Exchange[code] for code in settings().market_data_exchanges)


def quote_book() -> QuoteBook:
    """Return quotes for one invocation."""
    return QuoteBook(market_data, settings().max_quote_spread)


def calendar() -> Calendar:
    """Return trading days for one invocation."""
    return Calendar(DynamoInstrumentStore())
