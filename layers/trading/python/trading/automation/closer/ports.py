"""What the closer needs of the world outside."""

from datetime import date
from typing import Protocol

from trading.automation.closer.models import OpenPosition
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, PortfolioState
from trading.markets.models import Exchange
from trading.platform.sources import Sources


class OpenPositions(Protocol):
    """Every position that is not over, found by what it is and not by what a job remembered."""

    def of(self, exchange: Exchange) -> Sources[OpenPosition]:
        """Return the positions of an exchange that are pending, open or closing; the index may lag a little."""
        ...

    def load(self, key: PortfolioKey, since: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since a day, strongly consistent."""
        ...

    def commit(self, change: Change) -> None:
        """Write one position's move with its journal entry in one transaction.

        Raises:
            StaleRecord: if the portfolio or the position moved on meanwhile; nothing is written.
        """
        ...
