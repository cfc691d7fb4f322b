"""What the signals area needs of the world outside."""

from datetime import date
from typing import Protocol

from trading.markets.models import Exchange
from trading.signals.models import SignalSet


class SignalStore(Protocol):
    """Recommendations by exchange and trade date."""

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of a day's recommendations, or None if there are none. One request."""
        ...

    def read(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's recommendations, or None if there are none."""
        ...

    def save(self, signals: SignalSet) -> bool:
        """Write a day's recommendations, all or nothing; return False, and change nothing, if pinned ones stand."""
        ...
