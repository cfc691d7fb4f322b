"""Prices shared by everybody: what is stale is asked for once a minute, by whoever claims it first.

    read the rows -> all fresh: done, one request
                  -> claim each stale symbol by one conditional write
                       won:  ask the provider for those, keep the answers
                       lost: wait a moment for whoever won

Where no answer comes in time, what is known is used, with the moment that it is of.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.markets.calendar import NO_CLOSURES, Closures
from trading.markets.models import Exchange, LastTrade, Quote
from trading.markets.prices.feeds import CloseFeed, OfficialCloseFeed, QuoteFeed
from trading.markets.prices.hours import is_open
from trading.markets.prices.models import FeedName, LatestPrice, Listing, Patience, SharedPrice, minute_of
from trading.markets.prices.ports import PriceFeed, PriceProvider, PriceRows
from trading.platform.clock import running_time, trading_date
from trading.platform.deadline import pause, time_limit
from trading.platform.errors import PartnerError
from trading.platform.observability import count

FIRST_POLL, MAX_POLL = timedelta(milliseconds=100), timedelta(milliseconds=400)


@dataclass(frozen=True)
class PriceCache:
    """Keeps the shared rows fresh for one invocation, whose time is `now`."""

    rows: PriceRows
    patience: Patience
    now: datetime
    running_time: Callable[[], timedelta] = running_time
    sleep: Callable[[timedelta], None] = field(default=lambda wait: pause(wait.total_seconds()))

    def refresh(self, listings: Collection[Listing], feed: PriceFeed) -> dict[Listing, SharedPrice]:
        """Return what is known of instruments, as fresh as it can be had. One request per hundred that are fresh."""
        ends_at = self.running_time() + self.patience.total
        known = dict(self.rows.read(sorted(set(listings))))
        stale = [listing for listing, shared in known.items() if not feed.is_fresh(shared)]
        if not stale:
            return known
        mine = list(self._claim(stale, feed))
        known |= self._ask({listing: known[listing] for listing in mine}, feed, ends_at)
        return known | self._wait_for([listing for listing in stale if listing not in set(mine)], feed, ends_at)

    def _claim(self, listings: Collection[Listing], feed: PriceFeed) -> Iterator[Listing]:
        until, patience = self.running_time() + self.patience.claims, self.patience
        for listing in listings:
            if self.running_time() >= until:
                return
            if self.rows.claim(
                listing,
                feed.name,
                minute_of(self.now),
                lease_seconds=patience.lease_seconds,
                takes_over=patience.takes_over,
            ):
                yield listing

    def _ask(
        self, mine: Mapping[Listing, SharedPrice], feed: PriceFeed, ends_at: timedelta
    ) -> Mapping[Listing, SharedPrice]:
        if not mine:
            return {}
        try:
            answered = self._answers(mine, feed, ends_at)
        except PartnerError as error:
            count("SharedPricesUnavailable", dimensions={"code": error.code})
            return {}
        for shared in answered.values():
            self.rows.save(shared, feed.name)
        return answered

    def _answers(
        self, mine: Mapping[Listing, SharedPrice], feed: PriceFeed, ends_at: timedelta
    ) -> Mapping[Listing, SharedPrice]:
        if self.patience.takes_over:
            return feed.ask(mine)
        with time_limit((ends_at - self.running_time()).total_seconds()):
            return feed.ask(mine)

    def _wait_for(self, others: list[Listing], feed: PriceFeed, ends_at: timedelta) -> dict[Listing, SharedPrice]:
        found: dict[Listing, SharedPrice] = {}
        wait = FIRST_POLL
        while others and self.running_time() + wait < ends_at:
            self.sleep(wait)
            wait = min(2 * wait, MAX_POLL)
            found |= self.rows.read(others)
            others = [listing for listing in others if not feed.is_fresh(found[listing])]
        if others and self.patience.takes_over:
            mine = list(self._claim(others, feed))
            found |= self._ask({listing: found.get(listing) or SharedPrice(listing) for listing in mine}, feed, ends_at)
        return found


@dataclass(frozen=True)
class LatestPrices:
    """What instruments are worth now: at their quotes in market hours, at the last close outside of them."""

    cache: PriceCache
    provider: Callable[[], PriceProvider]
    covered: frozenset[Exchange]
    max_spread: Decimal
    closures: Callable[[Exchange, date], Closures] = field(default=lambda exchange, day: NO_CLOSURES)

    def of(self, listings: Collection[Listing]) -> Mapping[Listing, LatestPrice]:
        """Return the latest price of each instrument that has ever had one."""
        wanted = [listing for listing in set(listings) if listing[0] in self.covered]
        now = self.cache.now
        closures = {
            exchange: self.closures(exchange, trading_date(now)) for exchange in {listing[0] for listing in wanted}
        }
        opened = {exchange for exchange, unforeseen in closures.items() if is_open(exchange, now, unforeseen)}
        quotes = QuoteFeed(self.provider, self.cache.now, self.max_spread)
        closes = CloseFeed(self.provider, now, closures)
        return {
            **self._latest([listing for listing in wanted if listing[0] in opened], quotes),
            **self._latest([listing for listing in wanted if listing[0] not in opened], closes),
        }

    def _latest(self, listings: Collection[Listing], feed: QuoteFeed | CloseFeed) -> Mapping[Listing, LatestPrice]:
        known = self.cache.refresh(listings, feed) if listings else {}
        return {
            listing: LatestPrice(shared.price, _is_current(shared, feed))
            for listing, shared in known.items()
            if shared.price is not None
        }


@dataclass(frozen=True)
class SharedQuotes:
    """Quotes and last trades for workers, each asked for once a minute by all of them together."""

    cache: PriceCache
    provider: Callable[[], PriceProvider]
    max_spread: Decimal

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that is known; its own moment says how old it is."""
        feed = QuoteFeed(self.provider, self.cache.now, self.max_spread)
        known = self.cache.refresh([(exchange, symbol) for symbol in symbols], feed)
        return {symbol: shared.quote for (_, symbol), shared in known.items() if shared.quote is not None}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trade of each symbol. Nobody claims them: they are seldom needed.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        minute = minute_of(self.cache.now)
        known = self.cache.rows.read([(exchange, symbol) for symbol in symbols])
        fresh = {s: shared.trade for (_, s), shared in known.items() if shared.was_asked(FeedName.TRADES, minute)}
        missing = [symbol for symbol in symbols if symbol not in fresh]
        found = self.provider().last_trades(exchange, missing) if missing else {}
        for symbol in missing:
            answer = SharedPrice((exchange, symbol), trade=found.get(symbol)).answered(FeedName.TRADES, minute)
            self.cache.rows.save(answer, FeedName.TRADES)
        return {symbol: trade for symbol, trade in fresh.items() if trade is not None} | dict(found)


@dataclass(frozen=True)
class OfficialCloses:
    """The official closes of a day, shared by all who value portfolios at it."""

    cache: PriceCache
    provider: Callable[[], PriceProvider]
    covered: frozenset[Exchange]

    def of(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, SharedPrice]:
        """Return what is known of symbols of an exchange, with the day's close where it is there.

        Nothing is returned of an exchange without data.
        """
        if exchange not in self.covered or not symbols:
            return {}
        feed = OfficialCloseFeed(self.provider, self.cache.now, day)
        known = self.cache.refresh([(exchange, symbol) for symbol in symbols], feed)
        return {symbol: shared for (_, symbol), shared in known.items()}


def _is_current(shared: SharedPrice, feed: QuoteFeed | CloseFeed) -> bool:
    """Say whether the price is what the last fresh answer gave."""
    asked_at = (shared.asked_at or {}).get(feed.name)
    return feed.is_fresh(shared) and shared.priced_at == asked_at
