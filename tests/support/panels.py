"""Panels of seeded random walks: prices that look like prices, where a test needs many of them."""

from datetime import date
from typing import Any

import numpy as np

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
