"""What shared prices need of the world outside."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from trading.markets.models import Quote
from trading.markets.ports import QuoteSource
from trading.markets.prices.models import Close, FeedName, Listing, SharedPrice


class PriceProvider(QuoteSource, Protocol):
    """Prices of instruments of several exchanges at once. Those without data are absent.

    Raises, each of them:
        Unavailable: if the provider cannot be asked now.
        Refused: if it will not answer at all.
    """

    def quotes_of(self, listings: Collection[Listing]) -> Mapping[Listing, Quote]:
        """Return the latest quote of each instrument, however old or odd."""
        ...

    def latest_closes(self, listings: Collection[Listing]) -> Mapping[Listing, Close]:
        """Return the close of the latest day of each instrument that the provider has one of."""
        ...

    def closes_of(self, listings: Collection[Listing], day: date) -> Mapping[Listing, Close]:
        """Return the official close of each instrument on a day that is over."""
        ...


class PriceRows(Protocol):
    """One row per instrument, read and refreshed by everybody."""

    def read(self, listings: Collection[Listing]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of each instrument, nothing being known of a new one. One request per hundred."""
        ...

    def claim(
        self, listing: Listing, feed: FeedName, minute: datetime, *, lease_seconds: int, takes_over: bool
    ) -> bool:
        """Claim the one question of a minute about an instrument; return False if it is another's. One request.

        With `takes_over` a claim whose lease is over, and which brought no answer, counts for nothing.
        """
        ...

    def save(self, shared: SharedPrice, feed: FeedName) -> None:
        """Keep the answer to a question, unless a newer one is kept. One request."""
        ...


class PriceFeed(Protocol):
    """One kind of question, what makes its answer fresh, and how it is asked."""

    @property
    def name(self) -> FeedName:
        """Return the name of the question."""
        ...

    def is_fresh(self, shared: SharedPrice) -> bool:
        """Say whether what is known is new enough."""
        ...

    def ask(self, known: Mapping[Listing, SharedPrice]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of instruments with the provider's answer.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...
