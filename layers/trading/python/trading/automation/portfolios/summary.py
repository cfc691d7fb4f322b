"""The summary over all of an owner's portfolios, per currency."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.ports import PortfolioStore
from trading.automation.portfolios.valuation import Valuation
from trading.platform.clock import trading_date

PAGE = 100


@dataclass
class CurrencyTotals:
    """Sums over the portfolios of one currency, in cents."""

    portfolios: int = 0
    value_cents: int = 0
    contributed_cents: int = 0
    pnl_today_cents: int = 0

    @property
    def gain_cents(self) -> int:
        """Return the gain against the net contributed capital."""
        return self.value_cents - self.contributed_cents


@dataclass
class Summary:
    """Counts over everything, totals per currency."""

    automated: int = 0
    manual: int = 0
    holdings: int = 0
    totals: dict[str, CurrencyTotals] = field(default_factory=lambda: defaultdict(CurrencyTotals))


def summarise(store: PortfolioStore, valuation: Valuation, owner: str, now: datetime) -> Summary:
    """Return the summary of an owner's portfolios with today's P&L of the automated ones.

    Three requests per hundred portfolios, and one per hundred symbols held in them.
    """
    summary, today = Summary(), trading_date(now)
    for page in _pages(store, owner):
        sessions = store.sessions_of([portfolio.key for portfolio in page if portfolio.is_automated], today)
        for portfolio in valuation.of_all(page):
            totals = summary.totals[portfolio.exchange.currency]
            totals.portfolios += 1
            totals.value_cents += portfolio.value_cents
            totals.contributed_cents += portfolio.contributed_cents
            if portfolio.key in sessions:
                totals.pnl_today_cents += sessions[portfolio.key].pnl_cents
            summary.automated += portfolio.is_automated
            summary.manual += not portfolio.is_automated
            summary.holdings += len(portfolio.holdings)
    return summary


def _pages(store: PortfolioStore, owner: str) -> Iterator[tuple[Portfolio, ...]]:
    after: str | None = None
    while True:
        page = store.page(owner, automated=None, after=after, limit=PAGE)
        yield page.portfolios
        after = page.next_after
        if after is None:
            return
