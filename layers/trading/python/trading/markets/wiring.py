"""Builds the market services for one invocation; the provider's client is kept by the process."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from trading.markets.corporate_actions.ports import Announcements
from trading.markets.indexes.service import IndexService
from trading.markets.indexes.store import DynamoIndexStore
from trading.markets.models import Exchange
from trading.markets.prices.models import READER, WORKER, Patience
from trading.markets.prices.ports import PriceProvider
from trading.markets.prices.service import LatestPrices, OfficialCloses, PriceCache, SharedQuotes
from trading.markets.prices.store import DynamoPriceRows
from trading.markets.service import Calendar, QuoteCache, RecentClosures
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import current_clock, trading_date
from trading.platform.settings import settings

if TYPE_CHECKING:
    from trading.partners.market_data.prices import AlpacaPrices


@cache
def market_data() -> "AlpacaPrices":
    """Return the market-data client that the environment names."""
    # Only those who ask for prices load what it takes to.
    from trading.partners.market_data.connection import Connection  # noqa: PLC0415
    from trading.partners.market_data.prices import AlpacaPrices  # noqa: PLC0415
    from trading.partners.market_data.store import DynamoRefusedSymbols  # noqa: PLC0415

    configured = settings()
    return AlpacaPrices(
        Connection(configured.market_data_url, _keys),
        feed=configured.market_data_feed,
        exchanges=covered_exchanges(),
        refused=DynamoRefusedSymbols(lambda: trading_date(current_clock().now())),
    )


@cache
def announcements() -> Announcements:
    """Return the client of corporate actions."""
    from trading.partners.market_data.announcements import AlpacaAnnouncements  # noqa: PLC0415
    from trading.partners.market_data.connection import Connection  # noqa: PLC0415
    from trading.partners.market_data.store import DynamoRefusedSymbols  # noqa: PLC0415

    configured = settings()
    return AlpacaAnnouncements(
        Connection(configured.market_data_url, _keys),
        feed=configured.market_data_feed,
        exchanges=covered_exchanges(),
        refused=DynamoRefusedSymbols(lambda: trading_date(current_clock().now())),
    )


def quick_market_data() -> PriceProvider:
    """Return the client with the patience of somebody who waits for a page."""
    from trading.partners.limits import MARKET_DATA_QUICK  # noqa: PLC0415

    client = market_data()
    return replace(client, connection=replace(client.connection, limit=MARKET_DATA_QUICK))


def _keys() -> Mapping[str, str]:
    """Return the provider's keys.

    Raises:
        KeysUnusable: if they cannot be read now: nobody was asked, and what is known is used.
    """
    from trading.platform.secrets import PartnerKeys, is_key  # noqa: PLC0415 - only those who ask for prices

    return PartnerKeys("market-data", settings().market_data_secret, {"key_id": is_key, "secret_key": is_key})()


def covered_exchanges() -> frozenset[Exchange]:
    """Return the exchanges that the provider has data of."""
    return frozenset(Exchange[code] for code in settings().market_data_exchanges)


def shared_quotes() -> SharedQuotes:
    """Return quotes as they come, asked for once a minute by all workers together."""
    return SharedQuotes(_cache(WORKER), market_data, settings().max_quote_spread)


def quote_cache() -> QuoteCache:
    """Return quotes for one invocation, asked for once a minute by all workers together."""
    shared = shared_quotes()
    return QuoteCache(lambda: shared, settings().max_quote_spread)


def unshared_quote_cache() -> QuoteCache:
    """Return quotes for one invocation that depend on nobody else's."""
    return QuoteCache(market_data, settings().max_quote_spread)


def latest_prices() -> LatestPrices:
    """Return the latest prices, for one reader."""
    return LatestPrices(
        _cache(READER), quick_market_data, covered_exchanges(), settings().max_quote_spread, recent_closures().around
    )


@cache
def recent_closures() -> RecentClosures:
    """Return closures as the process knew them at most a minute ago."""
    return RecentClosures(DynamoInstrumentStore().closures)


def official_closes() -> OfficialCloses:
    """Return the official closes of a day."""
    return OfficialCloses(_cache(WORKER), market_data, covered_exchanges())


def _cache(patience: Patience) -> PriceCache:
    return PriceCache(DynamoPriceRows(), patience, current_clock().now())


def index_symbols() -> Mapping[Exchange, str]:
    """Return the symbols that follow each exchange's index, as the setting says: `NASDAQ=QQQ,NYSE=SPY`."""
    pairs = (word.partition("=") for word in settings().index_symbols)
    return {Exchange[code]: symbol for code, _, symbol in pairs}


def index_service() -> IndexService:
    """Return the service that records what indexes did."""
    return IndexService(market_data(), DynamoIndexStore(), index_symbols())


def calendar() -> Calendar:
    """Return trading days for one invocation."""
    return Calendar(DynamoInstrumentStore())
