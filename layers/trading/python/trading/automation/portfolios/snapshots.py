"""Snapshots: what each portfolio was worth at the close, written once per day by one writer.

total_value = cash + shares at their prices; total_invested = deposits - withdrawals; gain_loss is
their difference, its percentage 0 where nothing is invested.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from trading.automation.day_trading.ports import Quotes
from trading.automation.portfolios.models import Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.ports import PortfolioStore, PricedHolding, Snapshot
from trading.markets.models import Quote
from trading.platform.clock import Clock
from trading.platform.money import percent, round_price
from trading.platform.retry import retried_when_stale

PERCENT_PLACES = 4


@dataclass(frozen=True)
class SnapshotService:
    """Values portfolios."""

    store: PortfolioStore
    quotes: Quotes
    clock: Clock

    @retried_when_stale
    def take(self, key: PortfolioKey, day: date) -> Snapshot | None:
        """Write the day's snapshot at the latest prices; a price not to be had is the last real one.

        Returns None, and changes nothing, if the day has a snapshot or the portfolio is gone.
        """
        portfolio = self.store.find(key)
        if portfolio is None:
            return None
        quotes = self.quotes.fresh(portfolio.holdings.keys(), self.clock.now()) if portfolio.holdings else {}
        priced = replace(portfolio, holdings=_priced(portfolio.holdings, quotes))
        snapshot = value(priced, day)
        return snapshot if self.store.save_snapshot(priced, snapshot) else None


def value(portfolio: Portfolio, day: date) -> Snapshot:
    """Return what a portfolio is worth at the prices it holds."""
    return Snapshot(
        day=day,
        total_value_cents=portfolio.value_cents,
        total_invested_cents=portfolio.contributed_cents,
        gain_loss_cents=portfolio.gain_cents,
        gain_loss_percent=percent(portfolio.gain_cents, portfolio.contributed_cents, PERCENT_PLACES),
        prices=tuple(PricedHolding(h.symbol, h.last_price, h.price_at) for h in portfolio.holdings.values()),
    )


def _priced(holdings: Mapping[str, Holding], quotes: Mapping[str, Quote]) -> Mapping[str, Holding]:
    return {
        symbol: replace(holding, last_price=round_price(quotes[symbol].price), price_at=quotes[symbol].at)
        if symbol in quotes
        else holding
        for symbol, holding in holdings.items()
    }
