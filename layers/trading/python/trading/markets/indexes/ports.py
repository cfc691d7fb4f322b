"""What the indexes need of the world outside."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from trading.markets.indexes.models import IndexReturn


class IndexStore(Protocol):
    """Daily returns by the symbol of what follows an index."""

    def returns(self, symbol: str, first: date, last: date) -> tuple[IndexReturn, ...]:
        """Return the returns of a span, oldest first, both days included."""
        ...

    def save(self, symbol: str, returns: Iterable[IndexReturn]) -> None:
        """Write returns, in the place of those of the same days. One request per 25."""
        ...
