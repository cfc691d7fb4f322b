"""Shared price rows in memory, a provider that counts what it is asked, and a time that only moves when waited for."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.markets.models import Exchange, LastTrade, Quote
from trading.markets.prices.models import Close, FeedName, Listing, SharedPrice


@dataclass
class FakeProvider:
    """A provider that says what tests gave it."""

    quoted: dict[Listing, Quote] = field(default_factory=dict)
    closed: dict[Listing, Close] = field(default_factory=dict)
    traded: dict[str, LastTrade] = field(default_factory=dict)
    fails_with: Exception | None = None
    while_asked: Callable[[], object] = lambda: None
    asked: list[tuple[Listing, ...]] = field(default_factory=list)
    asked_for_trades: int = 0

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        raise AssertionError("quotes are asked for of several exchanges at once")

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        del exchange
        self.asked_for_trades += 1
        return {symbol: self.traded[symbol] for symbol in symbols if symbol in self.traded}

    def quotes_of(self, listings: Collection[Listing]) -> Mapping[Listing, Quote]:
        self._note(listings)
        return {listing: self.quoted[listing] for listing in listings if listing in self.quoted}

    def latest_closes(self, listings: Collection[Listing]) -> Mapping[Listing, Close]:
        self._note(listings)
        return {listing: self.closed[listing] for listing in listings if listing in self.closed}

    def closes_of(self, listings: Collection[Listing], day: date) -> Mapping[Listing, Close]:
        self._note(listings)
        found = {listing: self.closed[listing] for listing in listings if listing in self.closed}
        return {listing: close for listing, close in found.items() if close.day == day}

    @property
    def times_asked(self) -> Counter[Listing]:
        """Return how often each instrument was asked for."""
        return Counter(listing for listings in self.asked for listing in listings)

    def quote(self, symbol: str, bid: str, at: datetime, *, ask: str | None = None) -> None:
        """Have a symbol of NASDAQ quoted."""
        listing = (Exchange.NASDAQ, symbol)
        self.quoted[listing] = Quote(*listing, Decimal(bid), Decimal(ask or bid), at)

    def _note(self, listings: Collection[Listing]) -> None:
        self.asked.append(tuple(sorted(listings)))
        self.while_asked()
        if self.fails_with is not None:
            raise self.fails_with


@dataclass
class FakePriceRows:
    """Rows in memory, and who claimed what until when."""

    wall_seconds: Callable[[], int]
    kept: dict[Listing, SharedPrice] = field(default_factory=dict)
    claims: dict[tuple[Listing, FeedName], tuple[datetime, int]] = field(default_factory=dict)
    reads: int = 0

    def read(self, listings: Collection[Listing]) -> Mapping[Listing, SharedPrice]:
        self.reads += 1
        return {listing: self.kept.get(listing, SharedPrice(listing)) for listing in listings}

    def claim(
        self, listing: Listing, feed: FeedName, minute: datetime, *, lease_seconds: int, takes_over: bool
    ) -> bool:
        held = self.claims.get((listing, feed))
        is_lapsed = held is not None and held[1] < self.wall_seconds()
        is_answered = self.kept.get(listing, SharedPrice(listing)).was_asked(feed, minute)
        if held is not None and held[0] >= minute and not (takes_over and is_lapsed and not is_answered):
            return False
        self.claims[listing, feed] = (minute, self.wall_seconds() + lease_seconds)
        return True

    def save(self, shared: SharedPrice, feed: FeedName) -> None:
        del feed
        self.kept[shared.listing] = shared


@dataclass
class FakeTime:
    """Running time that passes only while somebody waits."""

    passed: timedelta = timedelta(0)

    def running(self) -> timedelta:
        """Return the time that has passed."""
        return self.passed

    def wait(self, wait: timedelta) -> None:
        """Let time pass."""
        self.passed += wait

    def seconds(self) -> int:
        """Return the time that has passed in whole seconds."""
        return int(self.passed.total_seconds())
