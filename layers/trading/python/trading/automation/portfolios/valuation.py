"""Valuation: what people see of portfolios is at the latest prices, which are read and never written here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trading.automation.portfolios.models import Holding, Portfolio
from trading.markets.models import Exchange
from trading.markets.prices.models import LatestPrice, Listing


class Prices(Protocol):
    """The latest prices of instruments."""

    def of(self, listings: Collection[Listing]) -> Mapping[Listing, LatestPrice]:
        """Return the latest price of each instrument that has one. One request per hundred, if they are fresh."""
        ...


@dataclass(frozen=True)
class Valuation:
    """Values portfolios."""

    prices: Prices

    def of(self, portfolio: Portfolio) -> Portfolio:
        """Return a portfolio at the latest prices."""
        return self.of_all((portfolio,))[0]

    def of_all(self, portfolios: Sequence[Portfolio]) -> tuple[Portfolio, ...]:
        """Return portfolios at the latest prices, each instrument asked for once."""
        held = {(portfolio.exchange, symbol) for portfolio in portfolios for symbol in portfolio.holdings}
        latest = self.prices.of(held) if held else {}
        return tuple(
            replace(portfolio, holdings=_priced(portfolio.exchange, portfolio.holdings, latest))
            for portfolio in portfolios
        )


def _priced(
    exchange: Exchange, holdings: Mapping[str, Holding], latest: Mapping[Listing, LatestPrice]
) -> dict[str, Holding]:
    return {symbol: _at(holding, latest.get((exchange, symbol))) for symbol, holding in holdings.items()}


def _at(holding: Holding, latest: LatestPrice | None) -> Holding:
    """Return a holding at the latest price.

    Its own stays where it is newer than one that is no longer current, and where the latest is a close of
    before the shares were exchanged.
    """
    if latest is None or not (latest.is_current or latest.price.at >= holding.price_at):
        return holding
    if holding.adjusted_at is not None and latest.price.at < holding.adjusted_at:
        return holding
    return replace(holding, last_price=latest.price.amount, price_at=latest.price.at)
