"""The securities that the broker knows: those that the sandbox trades, each by its symbol or its id."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.partners.drivewealth.state import BrokerError

_STEP = 1e-08


def instrument_id(symbol: str) -> str:
    """Return the id of a symbol, the same in every sandbox."""
    return str(uuid5(NAMESPACE_URL, f"https://instruments.example.com/{symbol}"))


def instrument(wanted: str, symbols: Mapping[str, bool]) -> dict[str, Any]:
    """Return a security as REST shows it, of the symbols that there are; their values say whether they are active.

    Raises:
        BrokerError: `I050`.
    """
    symbol = next((symbol for symbol in symbols if wanted in {symbol, instrument_id(symbol)}), None)
    if symbol is None:
        raise BrokerError(404, "I050", "Instrument not found")
    return {
        "id": instrument_id(symbol),
        "symbol": symbol,
        "reutersPrimaryRic": f"{symbol}.O",
        "name": symbol,
        "description": f"Shares of {symbol}",
        "descriptionChinese": "",
        "sector": "Technology",
        "type": "EQUITY",
        "exchange": "NSQ",
        "status": "ACTIVE" if symbols[symbol] else "INACTIVE",
        "longOnly": True,
        "orderSizeMax": 10_000,
        "orderSizeMin": _STEP,
        "orderSizeStep": _STEP,
        "exchangeNickelSpread": False,
        "close": 0,
        "closePrior": 0,
        "url": f"https://{symbol.lower()}.example.com",
        "image": f"https://images.example.com/{symbol.lower()}.png",
        "ISIN": f"US{symbol:0>9}0",
    }
