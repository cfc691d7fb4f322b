"""Days of a panel: raw bars and the recommendations that were to be had before each open. Needs numpy.

Signals are computed from adjusted bars strictly before the day, as they are served; prices of fills, the previous
close and the range are those that were really paid on the day: adjusted prices times the day's factor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np

from trading.backtest.models import DayBar, DayInput
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, TradingDay
from trading.platform.money import PRICE_STEP
from trading.signals.features import window_of
from trading.signals.models import SignalSet
from trading.signals.panel import Array, DailyPanel
from trading.signals.service import recommendations_of
from trading.signals.strategies import BaselineStrategy, Strategy
from trading.signals.universe import exclusions

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class PanelHistory:
    """The sessions of a panel, with what a strategy made of the bars before each."""

    panel: DailyPanel
    exchange: Exchange = Exchange.NASDAQ
    strategy: Strategy = field(default_factory=BaselineStrategy)

    def days(self, since: date = date.min, until: date = date.max) -> Iterator[DayInput]:
        """Yield the sessions from one day to another, both included, oldest first."""
        for place, day in enumerate(self.panel.days.astype("datetime64[D]").tolist()):
            session = trading_day(self.exchange, day) if since <= day <= until else None
            if session is not None:
                yield DayInput(session, self._signals(session, self.panel.factor[place]), self._bars(place))

    def _signals(self, session: TradingDay, factor: Array) -> SignalSet | None:
        window = in_prices_of(window_of(self.panel, session.day), factor)
        if not len(window):
            return None
        forecast = self.strategy.forecast(self.exchange, window, exclusions(window))
        found = tuple(recommendations_of(window, forecast))
        return SignalSet(self.exchange, session.day, self.strategy.source, forecast.model, found)

    def _bars(self, place: int) -> Mapping[str, DayBar]:
        factor = self.panel.factor[place]
        rows = np.stack([getattr(self.panel, name)[place] * factor for name in PRICES], axis=1)
        named = zip(self.panel.symbols, rows.tolist(), strict=True)
        return {symbol: DayBar(symbol, *map(_price, prices)) for symbol, prices in named if np.isfinite(prices).all()}


def in_prices_of(window: DailyPanel, factor: Array) -> DailyPanel:
    """Return a window in the prices of a day that has this factor (N); what has no bar that day stays as it is."""
    times = np.where(np.isfinite(factor) & (factor > 0), factor, 1.0)
    prices = {name: getattr(window, name) * times for name in PRICES}
    return replace(window, **prices, volume=window.volume / times, factor=window.factor / times)


def _price(value: float) -> Decimal:
    return Decimal(value).quantize(PRICE_STEP)
