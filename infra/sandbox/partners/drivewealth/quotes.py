"""The prices that the simulated broker goes by: the market's latest quotes."""

from datetime import datetime
from decimal import Decimal

from infra.sandbox.partners.market_data import MarketSimulator


def latest_price(market: MarketSimulator, symbol: str, now: datetime) -> Decimal | None:
    """Return what the latest quote of a symbol asks, while the market is closed the last close; None where none is.

    A price of nothing is none.
    """
    quote = market.latest_quotes([symbol], now)["quotes"].get(symbol)
    return (Decimal(str(quote["ap"])) or None) if quote else None
