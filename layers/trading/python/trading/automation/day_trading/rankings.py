"""Rankings of a day's recommendations: read and computed once per worker, whatever it then plans."""

from dataclasses import dataclass, field
from datetime import date

from trading.automation.day_trading.planner import Ranking, rank_set
from trading.automation.day_trading.ports import ReasonStore
from trading.markets.models import Exchange
from trading.markets.ports import InstrumentStore
from trading.signals.ports import SignalStore


@dataclass(frozen=True)
class CachedRankings:
    """Keeps the latest ranking of each exchange. What changed, or is judged otherwise, has another version."""

    signals: SignalStore
    instruments: InstrumentStore
    reasons: ReasonStore
    _kept: dict[Exchange, tuple[date, str, Ranking]] = field(default_factory=dict)

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of the day's recommendations, or None if there are none. One request."""
        return self.signals.version(exchange, trade_date)

    def of(self, exchange: Exchange, trade_date: date, version: str | None) -> Ranking | None:
        """Return the day's ranking over instruments that may be bought, or None without recommendations.

        Its reasons are written before anything is planned by it: sessions only say where they lie.
        """
        kept = self._kept.get(exchange)
        if kept is not None and version is not None and kept[:2] == (trade_date, version):
            return kept[2]
        signals = self.signals.read(exchange, trade_date)
        if signals is None or not signals.recommendations:
            return None
        tradable = frozenset(instrument.symbol for instrument in self.instruments.listed(exchange))
        ranking = rank_set(signals, tradable)
        self.reasons.save(exchange, trade_date, ranking.version, ranking.reasons)
        self._kept[exchange] = (trade_date, signals.version, ranking)
        return ranking
