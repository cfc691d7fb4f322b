"""What back-tests need of the world outside."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.sessions import Session
from trading.backtest.live_days import LiveDays
from trading.backtest.models import DayBar, Tape, TapeQuote
from trading.markets.models import Exchange
from trading.signals.models import SignalSet


class TapeStore(Protocol):
    """Quotes as they were recorded, by exchange and day."""

    def add(self, exchange: Exchange, day: date, moment: datetime, quotes: Collection[TapeQuote]) -> None:
        """Keep the quotes of a moment, in the place of those that were kept of it. One request."""
        ...

    def read(self, exchange: Exchange, day: date) -> Tape | None:
        """Return a day's tape, or None if nothing was recorded. One request."""
        ...


class SignalHistory(Protocol):
    """Recommendations as they were published."""

    def read(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's recommendations, or None if there are none."""
        ...

    def best(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's set with the best of its recommendations, 500 at most, or None. Two requests."""
        ...


class BarHistory(Protocol):
    """Daily bars in the prices that were really paid."""

    def raw_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[date, Mapping[str, DayBar]]:
        """Return the bars of symbols by day, both days included.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...


class PortfolioRecords(Protocol):
    """What the tables keep of a portfolio's trading days."""

    def sessions(self, key: PortfolioKey) -> tuple[Session, ...]:
        """Return the last sessions, oldest first: those that may be replayed, and some before them. One request."""
        ...

    def since(self, portfolio: Portfolio, first: date, sessions: tuple[Session, ...], remembered: date) -> LiveDays:
        """Return what is kept since the `remembered` day, of sessions of which the `first` one begins."""
        ...
