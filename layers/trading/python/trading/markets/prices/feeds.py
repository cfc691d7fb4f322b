"""The questions to the provider: quotes in market hours, closes outside of them, the official close of a day."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from trading.markets.belief import DISPLAY, MAX_SPREAD
from trading.markets.calendar import NO_CLOSURES, Closures
from trading.markets.models import Exchange, Price, PriceSource, Quote
from trading.markets.prices.hours import close_moment, closes_since
from trading.markets.prices.models import Close, FeedName, Listing, SharedPrice, minute_of
from trading.markets.prices.ports import PriceProvider
from trading.markets.service import QuoteCache

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class QuoteFeed:
    """Latest quotes, anew each minute. One that is no price for display leaves the last price as it is."""

    provider: Callable[[], PriceProvider]
    now: datetime
    max_spread: Decimal = MAX_SPREAD
    name: FeedName = FeedName.QUOTES

    def is_fresh(self, shared: SharedPrice) -> bool:
        """Say whether the quote is of this minute."""
        return shared.was_asked(self.name, minute_of(self.now))

    def ask(self, known: Mapping[Listing, SharedPrice]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of instruments with their quotes, and with prices where those are believed."""
        provider, minute = self.provider(), minute_of(self.now)
        found = provider.quotes_of(known.keys())
        quotes = {listing: found.get(listing) or _nothing_quoted(listing) for listing in known}
        prices = self._believed(provider, quotes, known)
        return {
            listing: _priced(replace(shared, quote=quotes[listing]), prices.get(listing), minute).answered(
                self.name, minute
            )
            for listing, shared in known.items()
        }

    def _believed(
        self, provider: PriceProvider, quotes: Mapping[Listing, Quote], known: Mapping[Listing, SharedPrice]
    ) -> Mapping[Listing, Price]:
        state = QuoteCache(lambda: provider, self.max_spread)
        by_exchange: dict[Exchange, list[Quote]] = defaultdict(list)
        for (exchange, _), quote in quotes.items():
            by_exchange[exchange].append(quote)
        return {
            (exchange, symbol): price
            for exchange, own in by_exchange.items()
            for symbol, price in state.judge(own, _last_prices(exchange, known), DISPLAY, self.now).items()
        }


@dataclass(frozen=True)
class CloseFeed:
    """Last closes, for the time in which no exchange trades: asked for once, and anew right after a close."""

    provider: Callable[[], PriceProvider]
    now: datetime
    closures: Mapping[Exchange, Closures] = field(default_factory=dict)
    name: FeedName = FeedName.CLOSES

    def is_fresh(self, shared: SharedPrice) -> bool:
        """Say whether the close is that of the last session."""
        return shared.was_asked(self.name, closes_since(shared.listing[0], self.now, self._closures(shared.listing[0])))

    def ask(self, known: Mapping[Listing, SharedPrice]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of instruments with their last closes for prices."""
        minute = minute_of(self.now)
        closes = self.provider().latest_closes(known.keys())
        return {
            listing: _priced(shared, self._price(listing, closes.get(listing)), minute).answered(self.name, minute)
            for listing, shared in known.items()
        }

    def _price(self, listing: Listing, close: Close | None) -> Price | None:
        if close is None:
            return None
        closed_at = close_moment(listing[0], close.day, self._closures(listing[0]))
        return Price(close.amount, min(self.now, closed_at or self.now), PriceSource.CLOSE)

    def _closures(self, exchange: Exchange) -> Closures:
        return self.closures.get(exchange, NO_CLOSURES)


@dataclass(frozen=True)
class OfficialCloseFeed:
    """The official close of one day, asked for until it is there."""

    provider: Callable[[], PriceProvider]
    now: datetime
    day: date
    name: FeedName = FeedName.OFFICIAL_CLOSES

    def is_fresh(self, shared: SharedPrice) -> bool:
        """Say whether the day's close is known."""
        return shared.official_close is not None and shared.official_close.day == self.day

    def ask(self, known: Mapping[Listing, SharedPrice]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of instruments with the day's closes."""
        closes = self.provider().closes_of(known.keys(), self.day)
        return {
            listing: replace(shared, official_close=closes.get(listing, shared.official_close)).answered(
                self.name, minute_of(self.now)
            )
            for listing, shared in known.items()
        }


def _last_prices(exchange: Exchange, known: Mapping[Listing, SharedPrice]) -> dict[str, Decimal | None]:
    return {
        symbol: shared.price.amount if shared.price else None
        for (on, symbol), shared in known.items()
        if on is exchange
    }


def _priced(shared: SharedPrice, price: Price | None, minute: datetime) -> SharedPrice:
    return shared if price is None else replace(shared, price=price, priced_at=minute)


def _nothing_quoted(listing: Listing) -> Quote:
    return Quote(*listing, Decimal(0), Decimal(0), NEVER)
