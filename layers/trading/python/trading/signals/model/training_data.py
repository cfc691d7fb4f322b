"""Training data: years of daily bars of the symbols that trade most. Needs numpy."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from trading.markets.models import Exchange
from trading.markets.ports import InstrumentStore
from trading.signals.model.samples import Samples
from trading.signals.model.sampling import sample
from trading.signals.ports import PanelSource
from trading.signals.validation.walk_forward import TrainingFailed

MAX_SYMBOLS = 800
YEAR = timedelta(days=365)
RECENT = timedelta(days=60)
MEDIAN_SESSIONS = 20


class NothingListed(TrainingFailed):
    """An exchange has no active instruments: there is nothing to train, and nothing is wrong."""

    reason = "nothing_listed"


@dataclass(frozen=True)
class TrainingData:
    """Samples of the most liquid symbols of an exchange."""

    panels: PanelSource
    instruments: InstrumentStore
    years: int = 7
    max_symbols: int = MAX_SYMBOLS

    def samples(self, exchange: Exchange, until: date) -> Samples:
        """Return the samples of trade dates before `until`.

        Raises:
            NothingListed: if the exchange has no active instruments.
        """
        last = until - timedelta(days=1)
        symbols = self._most_liquid(exchange, last)
        if not symbols:
            raise NothingListed(exchange.code)
        return sample(self.panels.daily_panel(exchange, symbols, since=last - self.years * YEAR, until=last))

    def _most_liquid(self, exchange: Exchange, last: date) -> tuple[str, ...]:
        """Return the symbols with the highest median of dollars traded in the last 20 sessions, by name."""
        symbols = tuple(instrument.symbol for instrument in self.instruments.listed(exchange))
        if len(symbols) <= self.max_symbols:
            return symbols
        recent = self.panels.daily_panel(exchange, symbols, since=last - RECENT, until=last).last(MEDIAN_SESSIONS)
        traded = np.median(np.nan_to_num(recent.dollars), axis=0)
        most = np.argsort(-traded, kind="stable")[: self.max_symbols]
        return tuple(sorted(recent.symbols[place] for place in most))
