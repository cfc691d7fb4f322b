"""A day's recommendations: the universe, what the strategy expects of it, and why the rest is left out. Needs numpy.

All is computed from daily bars before the trade date. What is no number leaves here as None, the rest as Decimal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from trading.markets.corporate_actions.ports import ActionFile
from trading.markets.models import Exchange, Instrument
from trading.markets.ports import InstrumentStore
from trading.platform.errors import Unavailable
from trading.signals.features import WINDOW
from trading.signals.models import Exclusion, Recommendation, SignalSet, Source, version_of
from trading.signals.panel import DailyPanel
from trading.signals.ports import Assessments, Days, PanelSource, SignalStore
from trading.signals.scores import ranked
from trading.signals.strategies import BaselineStrategy, Forecast, Strategy
from trading.signals.universe import exclusions, usual_dollars

HISTORY = timedelta(days=105)
"""Days that hold the sessions of a window, holidays and closures included."""
MIN_FRESH = 0.5
"""Where fewer of the symbols than this share have a bar of the last session, pages of it are missing."""
RECENT_SESSIONS = 5
MAX_FIGURE = 1e12


@dataclass(frozen=True)
class SignalService:
    """Makes a day's recommendations, once per exchange."""

    market: PanelSource
    instruments: InstrumentStore
    store: SignalStore
    actions: ActionFile
    assessments: Assessments
    days: Days
    strategy: Strategy = field(default_factory=BaselineStrategy)

    def covers(self, exchange: Exchange) -> bool:
        """Say whether there is data to make an exchange's recommendations of."""
        return self.market.covers(exchange)

    def build(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Compute and save the recommendations of a trade date; where some are pinned, return those.

        Returns None, and saves nothing, for an exchange without data of its last session.

        Raises:
            Unavailable: if the market data cannot be had now, or part of it is missing.
            Refused: if the provider will not give it.
        """
        present = self.store.read(exchange, trade_date)
        if present is not None and present.source is Source.PINNED:
            return present
        built = self._compute(exchange, trade_date) if self.covers(exchange) else None
        if built is None:
            return None
        return built if self.store.save(built) else self.store.read(exchange, trade_date)

    def _compute(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        listed = self.instruments.listed(exchange)
        window = self._window(exchange, listed, trade_date)
        if window is None:
            return None
        since = trade_date - HISTORY
        excluded = exclusions(window, self._actions_on(exchange, since, trade_date - timedelta(days=1)))
        forecast = self.strategy.forecast(exchange, window, excluded)
        found = ranked((*recommendations_of(window, forecast), *_without_bars(listed, window)))
        assessment = self.assessments.of(exchange, self.strategy.source, forecast.model)
        version = version_of(found, assessment)
        return SignalSet(exchange, trade_date, self.strategy.source, version, found, assessment, forecast.feature_drift)

    def _window(self, exchange: Exchange, listed: Collection[Instrument], trade_date: date) -> DailyPanel | None:
        """Return the sessions before a trade date, or None if nothing has a bar of the last one.

        Raises:
            Unavailable: if much has none.
        """
        since, until = trade_date - HISTORY, trade_date - timedelta(days=1)
        symbols = [instrument.symbol for instrument in listed]
        if not symbols:
            return None
        window = self.market.daily_panel(exchange, symbols, since=since, until=until).last(WINDOW)
        last = last_session(self.days, exchange, trade_date)
        if not len(window) or window.days[-1] != np.datetime64(str(last)):
            return None
        recent = window.has_bar[-RECENT_SESSIONS:]
        if recent[-1].sum() < MIN_FRESH * recent.any(axis=0).sum():
            raise Unavailable("Market data of the last session came in part only.")
        return window

    def _actions_on(self, exchange: Exchange, since: date, until: date) -> Mapping[str, list[date]]:
        """Return the ex-dates of corporate actions that are on file, by symbol. One request."""
        found: dict[str, list[date]] = defaultdict(list)
        for filed in self.actions.filed(exchange, since, until):
            if not filed.action.terms.is_cancelled:
                found[filed.action.symbol].append(filed.action.ex_date)
        return found


def last_session(days: Days, exchange: Exchange, trade_date: date) -> date:
    """Return the last day before a trade date on which an exchange traded."""
    day = trade_date - timedelta(days=1)
    while days.trading_day(exchange, day) is None:
        day -= timedelta(days=1)
    return day


def recommendations_of(window: DailyPanel, forecast: Forecast) -> Iterator[Recommendation]:
    """Yield what a forecast says of each symbol of a window, not yet ranked."""
    signals, dollars = forecast.signals, usual_dollars(window)
    for place, symbol in enumerate(window.symbols):
        yield Recommendation(
            symbol=symbol,
            predicted_return=_decimal(signals.expected[place], places=8),
            volatility=_decimal(signals.volatility[place], places=8),
            atr=_decimal(signals.atr[place], places=4),
            previous_close=_decimal(signals.previous_close[place], places=4),
            excluded=forecast.excluded.get(symbol),
            weights=forecast.weights.get(symbol, ()),
            dollars_20=_decimal(dollars[place], places=2),
        )


def _without_bars(listed: Iterable[Instrument], window: DailyPanel) -> Iterator[Recommendation]:
    for symbol in sorted({instrument.symbol for instrument in listed} - set(window.symbols)):
        yield Recommendation(symbol, None, None, None, None, excluded=Exclusion.NO_RECENT_BAR)


def _decimal(value: float, *, places: int) -> Decimal | None:
    is_number = abs(value) < MAX_FIGURE  # which NaN is not
    return Decimal(float(value)).quantize(Decimal(1).scaleb(-places)) if is_number else None
