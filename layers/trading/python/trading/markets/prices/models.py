"""What is kept of an instrument's prices, and how long is waited for newer ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from trading.markets.models import Exchange, LastTrade, Price, Quote

Listing = tuple[Exchange, str]
"""An instrument: its exchange and its symbol there."""


class FeedName(StrEnum):
    """The questions that a provider is asked about an instrument, each at most once a minute."""

    QUOTES = "quotes"
    CLOSES = "closes"
    OFFICIAL_CLOSES = "official_closes"
    TRADES = "trades"


@dataclass(frozen=True)
class Close:
    """The last price of a day's session."""

    day: date
    amount: Decimal


@dataclass(frozen=True)
class SharedPrice:
    """What is known of an instrument.

    `quote` and `trade` are as the provider said them last, believable or not; `price` is the last
    price that was believed, of the question asked at `priced_at`. `asked_at` has the minute in which
    each question was answered last.
    """

    listing: Listing
    quote: Quote | None = None
    trade: LastTrade | None = None
    price: Price | None = None
    priced_at: datetime | None = None
    official_close: Close | None = None
    asked_at: Mapping[FeedName, datetime] | None = None

    def was_asked(self, feed: FeedName, since: datetime) -> bool:
        """Say whether a question was answered at a moment or later."""
        asked_at = (self.asked_at or {}).get(feed)
        return asked_at is not None and asked_at >= since

    def answered(self, feed: FeedName, minute: datetime) -> "SharedPrice":
        """Return it with a question answered in a minute."""
        return replace(self, asked_at={**(self.asked_at or {}), feed: minute})


@dataclass(frozen=True)
class LatestPrice:
    """The latest price of an instrument; `is_current` if it is as new as may be expected at this moment."""

    price: Price
    is_current: bool


@dataclass(frozen=True)
class Patience:
    """How long a caller waits for prices, in all and for its claims, and for how long a claim keeps others away.

    Who `takes_over` asks again where whoever claimed a symbol did not bring an answer.
    """

    total: timedelta
    claims: timedelta
    lease_seconds: int
    takes_over: bool


READER = Patience(timedelta(milliseconds=1800), timedelta(milliseconds=500), lease_seconds=3, takes_over=False)
"""For what a person waits for: the last price will do."""

WORKER = Patience(timedelta(seconds=3), timedelta(seconds=3), lease_seconds=15, takes_over=True)
"""For what trades: waits for others' answers, and for its own as long as the provider's client does."""


def minute_of(moment: datetime) -> datetime:
    """Return the minute that a moment is in."""
    return moment.replace(second=0, microsecond=0)
