"""Exchanges as paths name them."""

from trading.markets.models import Exchange
from trading.platform.errors import NotFound

_NAMES = {name: exchange for exchange in Exchange for name in (exchange.code, str(exchange.value))}


def exchange_named(text: str) -> Exchange:
    """Return the exchange of a code or an id.

    Raises:
        NotFound: if there is no such exchange.
    """
    if text not in _NAMES:
        raise NotFound("There is no such exchange.")
    return _NAMES[text]
