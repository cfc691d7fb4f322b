"""What corporate actions need of the world outside."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from trading.markets.corporate_actions.models import CorporateAction, FiledAction
from trading.markets.models import Exchange


class Announcements(Protocol):
    """What the provider of market data announces."""

    def corporate_actions(self, exchange: Exchange, since: date, until: date) -> tuple[CorporateAction, ...]:
        """Return the actions that are processed between two days, both included; cancelled ones are absent.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        ...

    def opening_prices(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, Decimal]:
        """Return the raw opening prices of the first session from a day on, at most a week later, if it has begun.

        Raises:
            Unavailable: if the provider cannot be asked now.
            Refused: if it will not answer at all.
        """
        ...


class ActionFile(Protocol):
    """The actions that were announced, kept for the days on which the provider is away, or calls one off."""

    def filed(self, exchange: Exchange, since: date, until: date) -> tuple[FiledAction, ...]:
        """Return the actions on file by ex-date, both days included, strongly consistent."""
        ...

    def file(self, actions: Iterable[CorporateAction], on: date) -> None:
        """Write actions, new ones and those whose terms changed on a day."""
        ...
