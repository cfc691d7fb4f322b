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
from trading.markets.belief import DISPLAY, EXIT
from trading.markets.models import Price
from trading.platform.clock import Clock
from trading.platform.money import percent
from trading.platform.retry import retried_when_stale

AT_CLOSE = replace(DISPLAY, max_age=EXIT.max_age)
"""What a snapshot takes for a price: the market has just closed, so the last quotes of the day."""


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
        last_prices = {symbol: holding.last_price for symbol, holding in portfolio.holdings.items()}
        prices = self.quotes.prices(portfolio.exchange, last_prices, AT_CLOSE, self.clock.now())
        priced = replace(portfolio, holdings=_priced(portfolio.holdings, prices))
        snapshot = value(priced, day)
        return snapshot if self.store.save_snapshot(priced, snapshot) else None


def value(portfolio: Portfolio, day: date) -> Snapshot:
    """Return what a portfolio is worth at the prices it holds."""
    return Snapshot(
        day=day,
        total_value_cents=portfolio.value_cents,
        total_invested_cents=portfolio.contributed_cents,
        gain_loss_cents=portfolio.gain_cents,
        gain_loss_percent=percent(portfolio.gain_cents, portfolio.contributed_cents),
        prices=tuple(PricedHolding(h.symbol, h.last_price, h.price_at) for h in portfolio.holdings.values()),
    )


def _priced(holdings: Mapping[str, Holding], prices: Mapping[str, Price]) -> Mapping[str, Holding]:
    return {
        symbol: replace(holding, last_price=prices[symbol].amount, price_at=prices[symbol].at)
        if symbol in prices
        else holding
        for symbol, holding in holdings.items()
    }
