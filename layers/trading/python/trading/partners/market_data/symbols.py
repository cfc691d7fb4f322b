"""How Alpaca spells symbols: classes of shares with a dot (BRK.B), where we may write a hyphen."""

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")

_CLASS = re.compile(r"-(?=[A-Z]$)")
_THEIR_CLASS = re.compile(r"\.(?=[A-Z]$)")


def their_symbol(symbol: str) -> str:
    """Return a symbol as Alpaca writes it."""
    return _CLASS.sub(".", symbol)


def our_symbol(symbol: str) -> str:
    """Return a symbol of Alpaca's as we write it."""
    return _THEIR_CLASS.sub("-", symbol)


def by_our_symbols(found: Mapping[str, T], symbols: Collection[str]) -> dict[str, T]:
    """Return what was found by the partner's symbols by those of ours that were asked for."""
    return {symbol: found[their_symbol(symbol)] for symbol in symbols if their_symbol(symbol) in found}
