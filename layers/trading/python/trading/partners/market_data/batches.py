"""Many symbols in few requests, where one symbol that the partner does not know fails a whole request.

A refused batch is halved until the culprits are found. They are remembered for the day, and left out
once a batch has been refused: as long as nothing is, no record is read.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from trading.markets.batches import batches
from trading.partners.market_data.connection import BadRequest
from trading.platform.errors import Unavailable
from trading.platform.observability import count

MAX_PARTS = 64
"""How many requests one refused batch may cost: two culprits in 200 symbols take about 30."""

T = TypeVar("T")


class RefusedSymbols(Protocol):
    """The symbols that were found to fail whole requests today, known to every worker."""

    def recall(self) -> frozenset[str]:
        """Return them."""
        ...

    def remember(self, symbols: Collection[str]) -> None:
        """Add some."""
        ...


def in_batches(
    symbols: Collection[str], ask: Callable[[Sequence[str]], Mapping[str, T]], refused: RefusedSymbols
) -> dict[str, T]:
    """Return what the partner has of symbols, without those that it does not know.

    Raises:
        Unavailable: if it cannot be asked now.
        BadRequest: if it refuses whatever it is asked for.
    """
    found: dict[str, T] = {}
    for batch in batches(sorted(set(symbols))):
        try:
            found |= ask(batch)
        except BadRequest:
            found |= _without_culprits(batch, ask, refused)
    return found


@dataclass
class Halving(Generic[T]):
    """The search for the culprits of one refused batch."""

    ask: Callable[[Sequence[str]], Mapping[str, T]]
    found: dict[str, T] = field(default_factory=dict)
    culprits: list[str] = field(default_factory=list)
    accepted: int = 0

    def run(self, parts: Sequence[Sequence[str]]) -> None:
        """Ask for parts, halving what is refused; stop where the partner is away or the search costs too much."""
        waiting, left = list(reversed(parts)), MAX_PARTS
        while waiting and left:
            part, left = waiting.pop(), left - 1
            try:
                self.found |= self.ask(part)
                self.accepted += 1
            except BadRequest:
                waiting += reversed(_halves(part))
                self.culprits += part if len(part) == 1 else ()
            except Unavailable:
                if not self.accepted:
                    raise
                waiting.append(part)
                break
        count("MarketDataLeftOut", sum(map(len, waiting)))


def _without_culprits(
    batch: Sequence[str], ask: Callable[[Sequence[str]], Mapping[str, T]], refused: RefusedSymbols
) -> dict[str, T]:
    known = refused.recall()
    rest = [symbol for symbol in batch if symbol not in known]
    search = Halving(ask)
    search.run(_halves(batch) if len(rest) == len(batch) else [rest] if rest else [])
    if search.culprits and not search.accepted:
        raise BadRequest("Market data is refused, whatever is asked for.")
    if search.culprits:
        count("SymbolsRefused", len(search.culprits))
        refused.remember(search.culprits)
    return search.found


def _halves(part: Sequence[str]) -> list[Sequence[str]]:
    middle = len(part) // 2
    return [part[:middle], part[middle:]] if middle else []
