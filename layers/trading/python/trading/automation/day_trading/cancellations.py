"""Entries of people who may not buy: what is pending today is abandoned at once.

Purchases are conditioned on the same restriction, so nothing is bought in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from trading.automation.portfolios.models import PortfolioKey
from trading.platform.clock import Clock, trading_date
from trading.platform.observability import logger


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
        """Abandon what is pending today in each of a person's portfolios; return how many had something.

        Raises:
            Exception: whatever kept one portfolio's from being abandoned; the others' are by then.
        """
        today, stuck = trading_date(self.clock.now()), list[Exception]()
        abandoned = sum(self._cancel_unless_stuck(key, today, stuck) for key in self.automated(owner))
        if stuck:
            raise stuck[0]
        return abandoned

    def _cancel_unless_stuck(self, key: PortfolioKey, today: date, stuck: list[Exception]) -> bool:
        try:
            return self._cancel(key, today)
        except Exception as error:  # noqa: BLE001 - one portfolio's trouble keeps no other from being stopped
            logger.error("entries not cancelled", code="portfolio_stuck", kind=type(error).__name__)
            stuck.append(error)
            return False

    def _cancel(self, key: PortfolioKey, today: date) -> bool:
        self.order_sale(key, today)
        return self.cancel_entries(key, today) is not None
