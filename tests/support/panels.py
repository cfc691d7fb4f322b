"""Panels: seeded random walks, where a test needs many prices that look like prices, and panels of given bars."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from trading.markets.models import Bar, Exchange
from trading.signals.panel import FIELDS, DailyPanel

TRADE_DATE = date(2013, 2, 19)


def sessions_before(day: date, count: int) -> Any:
    """Return that many weekdays before a day, oldest first."""
    days = np.arange(np.datetime64(day) - 2 * count - 7, np.datetime64(day))
    return days[np.is_busday(days)][-count:]


def random_panel(count: int, symbols: int = 1, *, seed: int = 7, before: date = TRADE_DATE) -> DailyPanel:
    """Return sessions of symbols S000, S001, … that walk at 2 % a day, nights included."""
    random = np.random.default_rng(seed)
    shape = (count, symbols)
    nights, days = random.normal(0, 0.008, shape), random.normal(0, 0.018, shape)
    close = 50 * np.exp(np.cumsum(nights + days, axis=0))
    opened = close / np.exp(days)
    wick = np.exp(np.abs(random.normal(0, 0.006, (2, *shape))))
    return DailyPanel(
        days=sessions_before(before, count),
        symbols=tuple(f"S{number:03}" for number in range(symbols)),
        open=opened,
        high=np.maximum(opened, close) * wick[0],
        low=np.minimum(opened, close) / wick[1],
        close=close,
        volume=np.round(np.exp(random.normal(14, 0.4, shape))),
        factor=np.ones(shape),
    )


def changed(panel: DailyPanel, **values: Any) -> DailyPanel:
    """Return a panel with copies of its arrays, some of them replaced; what is tried on one spoils no other."""
    arrays = {name: np.array(values.get(name, getattr(panel, name)), dtype=float) for name in FIELDS}
    return DailyPanel(days=panel.days, symbols=panel.symbols, **arrays)


def without_bar(panel: DailyPanel, row: int, column: int = 0) -> DailyPanel:
    """Return a panel in which one symbol has no bar on one day."""
    copy = changed(panel)
    for name in FIELDS:
        getattr(copy, name)[row, column] = np.nan
    return copy


def panel_of(bars: Iterable[Bar]) -> DailyPanel:
    """Return the panel of bars as a provider gave them, whatever their order; adjusted and raw prices are the same."""
    found = {(bar.day, bar.symbol): bar for bar in bars}
    days, symbols = sorted({day for day, _ in found}), sorted({symbol for _, symbol in found})
    parts: dict[str, Any] = {name: np.full((len(days), len(symbols)), np.nan) for name in FIELDS}
    for (day, symbol), bar in found.items():
        place = days.index(day), symbols.index(symbol)
        parts["factor"][place] = 1.0
        for name in FIELDS[:-1]:
            parts[name][place] = float(getattr(bar, name))
    return DailyPanel(np.array(days, dtype="datetime64[D]"), tuple(symbols), **parts)


@dataclass
class FakePanels:
    """Daily bars in memory, as arrays; it remembers what it was asked."""

    bars: Mapping[str, Sequence[Bar]] = field(default_factory=dict)
    panel: DailyPanel | None = None
    covered: frozenset[Exchange] = frozenset(Exchange)
    fails_with: Exception | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def covers(self, exchange: Exchange) -> bool:
        return exchange in self.covered

    def daily_panel(self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date) -> DailyPanel:
        del exchange
        self.asked.append(tuple(symbols))
        if self.fails_with:
            raise self.fails_with
        if self.panel is not None:
            return self.panel.of(symbols)
        known = (bar for symbol in symbols for bar in self.bars.get(symbol, ()))
        return panel_of(bar for bar in known if since <= bar.day <= until)


def reversing_panel(count: int, symbols: int, ic: float, *, seed: int) -> DailyPanel:
    """Return sessions of symbols that fall by day after they rose at night and the day before, by a correlation."""
    random = np.random.default_rng(seed)
    shape = (count, symbols)
    nights, noise = random.normal(0, 0.008, shape), random.normal(0, 1, shape)
    days = 0.018 * noise
    for place in range(1, count):
        before = (days[place - 1] + nights[place - 1]) / np.hypot(0.018, 0.008)
        days[place] = 0.018 * (np.sqrt(1 - ic**2) * noise[place] - ic * before)
    close = 50 * np.exp(np.cumsum(nights + days, axis=0))
    close *= np.exp(-np.linspace(0, 1, count)[:, np.newaxis] * np.log(close[-1] / 50))  # no price leaves the universe
    opened = close / np.exp(days)
    wick = np.exp(np.abs(random.normal(0, 0.006, (2, *shape))))
    high, low = np.maximum(opened, close) * wick[0], np.minimum(opened, close) / wick[1]
    volume = np.round(np.exp(random.normal(14, 0.4, shape)))
    return DailyPanel(
        days=sessions_before(TRADE_DATE, count),
        symbols=tuple(f"S{number:03}" for number in range(symbols)),
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        factor=np.ones(shape),
    )
