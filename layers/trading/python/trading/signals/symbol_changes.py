"""Recommendations of a day that follow their instrument to another symbol or exchange."""

from dataclasses import dataclass, replace
from datetime import date

from trading.markets.models import Exchange
from trading.signals.models import Recommendation, SignalSet, version_of
from trading.signals.ports import SignalStore


@dataclass(frozen=True)
class SignalFollower:
    """Rewrites the sets of a day as a whole; where there is nothing to follow they stay as they are."""

    store: SignalStore

    def rename(self, exchange: Exchange, day: date, *, old: str, new: str) -> None:
        """Have the day's recommendation of a symbol go by another."""
        signals = self.store.read(exchange, day)
        if signals is None or not _of(signals, old) or _of(signals, new):
            return
        renamed = (replace(r, symbol=new) if r.symbol == old else r for r in signals.recommendations)
        self._save(signals, tuple(renamed))

    def move(self, symbol: str, day: date, *, old: Exchange, new: Exchange) -> None:
        """Have the day's recommendation of a symbol stand on another exchange, where that has a set already."""
        left, joined = self.store.read(old, day), self.store.read(new, day)
        found = _of(left, symbol) if left else None
        if left is None or joined is None or found is None:
            return
        if not _of(joined, symbol):
            self._save(joined, (*joined.recommendations, found))

    def _save(self, signals: SignalSet, recommendations: tuple[Recommendation, ...]) -> None:
        version = version_of(recommendations, signals.assessment)
        self.store.save(replace(signals, version=version, recommendations=recommendations))


def _of(signals: SignalSet, symbol: str) -> Recommendation | None:
    return next((r for r in signals.recommendations if r.symbol == symbol), None)
