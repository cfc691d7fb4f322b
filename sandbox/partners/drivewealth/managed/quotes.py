"""What the simulated broker trades and at which prices: the sandbox's registry and the market's latest quotes.

The broker writes classes of shares with a dot, `BRK.B`, whatever the sandbox's users wrote.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sandbox.partners.market_data.simulator import MarketSimulator

_CLASS = re.compile(r"-(?=[AB]$)")


def their_symbol(symbol: str) -> str:
    """Return a symbol as the broker writes it."""
    return _CLASS.sub(".", symbol)


def their_symbols(activity: Mapping[str, bool]) -> dict[str, bool]:
    """Return the symbols as the broker writes them, and of each whether it is active."""
    found: dict[str, bool] = {}
    for symbol, is_active in activity.items():
        found[their_symbol(symbol)] = is_active or found.get(their_symbol(symbol), False)
    return found


def latest_price(market: MarketSimulator, symbol: str, now: datetime) -> Decimal | None:
    """Return what the latest quote of a symbol asks, while the market is closed the last close; None where none is.

    A price of nothing is none.
    """
    names = (symbol, symbol.replace(".", "-"))
    quotes = market.latest_quotes(names, now)["quotes"]
    quote = next((quotes[name] for name in names if name in quotes), None)
    return (Decimal(str(quote["ap"])) or None) if quote else None
