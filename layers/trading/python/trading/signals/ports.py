"""What the signals area needs of the world outside."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Protocol

from trading.markets.models import Exchange, TradingDay
from trading.signals.models import Assessment, GateChange, LiveDay, SignalSet, Source

if TYPE_CHECKING:  # those who only read recommendations load no numpy
    from trading.signals.panel import DailyPanel


class PanelSource(Protocol):
    """Daily bars of an exchange's instruments, as arrays."""

    def daily_panel(self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date) -> "DailyPanel":
        """Return daily bars of symbols, both days included; symbols and days without any are absent.

        Raises:
            Unavailable: if the provider cannot be asked now, or part of its answer is missing.
            Refused: if it will not answer at all.
        """
        ...

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        ...


class SignalStore(Protocol):
    """Recommendations by exchange and trade date."""

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of a day's recommendations, or None if there are none. One request."""
        ...

    def read(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's recommendations, or None if there are none."""
        ...

    def header(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's set without its recommendations, or None if there is none. One request."""
        ...

    def best(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's set with the best of its recommendations, 500 at most, or None. Two requests."""
        ...

    def save(self, signals: SignalSet) -> bool:
        """Write a day's recommendations, all or nothing; return False, and change nothing, if pinned ones stand."""
        ...


class Assessments(Protocol):
    """What is known of strategies, to mark their recommendations with."""

    def of(self, exchange: Exchange, strategy: Source, model: str) -> Assessment:
        """Return the latest assessment of a strategy's model; one that nobody judged is `never_judged`. One request."""
        ...


class AssessmentStore(Protocol):
    """The latest assessment of each strategy, and how its verdict changed."""

    def find(self, exchange: Exchange, strategy: Source) -> Assessment | None:
        """Return what is known of a strategy, strongly consistent. One request."""
        ...

    def save(
        self, exchange: Exchange, strategy: Source, assessment: Assessment, change: GateChange | None = None
    ) -> None:
        """Write a strategy's next revision, with the change of its verdict if it is one, all or nothing.

        Raises:
            StaleRecord: if it is not the next one after what is written.
        """
        ...

    def changes(self, limit: int) -> tuple[GateChange, ...]:
        """Return the latest changes of verdicts over all exchanges, newest first. One request."""
        ...


class LiveStore(Protocol):
    """What each strategy's recommendations came to, by day."""

    def days(self, exchange: Exchange, strategy: Source) -> tuple[LiveDay, ...]:
        """Return the latest days of a strategy, newest first, at most a year. One request."""
        ...

    def save(self, exchange: Exchange, strategy: Source, day: LiveDay) -> None:
        """Write a day; again the same."""
        ...


class Days(Protocol):
    """When exchanges trade."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None."""
        ...
