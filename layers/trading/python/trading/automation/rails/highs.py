"""Highs: the highest bids that a day's passes observed, from which trailing stops follow. No I/O, no clock.

A trailing stop is max(stop, highest observed since the entry * (1 - d)). Entries are made within minutes of the
open, so the highs since the few passes until then say for every position what was observed since its entry:
they are kept once for all portfolios, and no position is written again because a price rose.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from trading.platform.money import PRICE_STEP


@dataclass(frozen=True)
class High:
    """The highest bid that was observed from a moment on."""

    since: datetime
    price: Decimal


@dataclass(frozen=True)
class Highs:
    """A day's highs by symbol, those since earlier moments first: each is at least as high as the next."""

    by_symbol: Mapping[str, tuple[High, ...]] = field(default_factory=dict)

    def observed(self, bids: Mapping[str, Decimal], at: datetime, entries_end_at: datetime) -> "Highs":
        """Return the highs after a pass; passes that no entry can follow begin none."""
        after = {
            symbol: _observed(self.by_symbol.get(symbol, ()), bid, at, entries_end_at) for symbol, bid in bids.items()
        }
        return Highs({**self.by_symbol, **after})

    def of(self, symbol: str) -> tuple[High, ...]:
        """Return the highs of a symbol."""
        return self.by_symbol.get(symbol, ())

    def last_known(self, symbols: Iterable[str]) -> dict[str, Decimal | None]:
        """Return by symbol the high that is known of the latest moment, None where there is none yet."""
        return {symbol: self.of(symbol)[-1].price if self.of(symbol) else None for symbol in symbols}

    def since(self, symbol: str, moment: datetime) -> Decimal | None:
        """Return the highest bid of a symbol from a moment on, if there was a pass since."""
        found = (high.price for high in self.by_symbol.get(symbol, ()) if high.since >= moment)
        return next(found, None)

    def fallen_percent(self, symbol: str, bid: Decimal) -> Decimal | None:
        """Return how far a bid lies under the day's high, in percent; None where it does not.

        Stops are rounded to prices, so it is a step more: no bid at a stop goes unseen.
        """
        highest = max((high.price for high in self.by_symbol.get(symbol, ())), default=None)
        return (1 - (bid - PRICE_STEP) / highest) * 100 if highest is not None and bid < highest else None


NO_HIGHS = Highs()


def trailing_price(highest: Decimal, percent: Decimal) -> Decimal:
    """Return where a trailing stop lies under the highest price."""
    return highest * (1 - percent / 100)


def _observed(known: tuple[High, ...], bid: Decimal, at: datetime, entries_end_at: datetime) -> tuple[High, ...]:
    raised = tuple(High(high.since, max(high.price, bid)) for high in known)
    is_last_known = bool(known) and (known[-1].since >= at or known[-1].since > entries_end_at)
    return raised if is_last_known else (*raised, High(at, bid))
