"""Entries of people who may not buy: what is pending today is abandoned at once.

Purchases are conditioned on the same restriction, so nothing is bought in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from trading.automation.portfolios.models import PortfolioKey
from trading.platform.clock import Clock, trading_date


@dataclass(frozen=True)
class CancellationService:
    """Cancels entries. `automated` yields a person's portfolios that trade by themselves.

    `order_sale` has all that a portfolio holds sold, where the halt of its owner says so.
    """

    automated: Callable[[str], Iterable[PortfolioKey]]
    cancel_entries: Callable[[PortfolioKey, date], object]
    clock: Clock
    order_sale: Callable[[PortfolioKey, date], object] = lambda key, day: None

    def cancel(self, owner: str) -> int:
        """Abandon what is pending today in each of a person's portfolios; return how many had something."""
        today = trading_date(self.clock.now())
        return sum(self._cancel(key, today) for key in self.automated(owner))

    def _cancel(self, key: PortfolioKey, today: date) -> bool:
        self.order_sale(key, today)
        return self.cancel_entries(key, today) is not None
