"""Daily bars that come with the sandbox."""

import csv
import gzip
import importlib.util
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from trading.markets.models import Bar
from trading.platform.money import round_price


@cache
def shipped_history() -> tuple[Bar, ...]:
    """Return the daily bars that come with the sandbox, adjusted for splits and dividends."""
    return tuple(_shipped())


def _shipped() -> Iterator[Bar]:
    package = importlib.util.find_spec("bokeh_sampledata")
    if package is None or not package.submodule_search_locations:
        return
    file = next(Path(package.submodule_search_locations[0]).rglob("stocks.csv.gz"))
    with gzip.open(file, "rt") as text:
        for row in csv.DictReader(text):
            factor = Decimal(row["Adj Close"]) / Decimal(row["Close"])
            opened, high, low, close = (
                round_price(Decimal(row[name]) * factor) for name in ("Open", "High", "Low", "Close")
            )
            yield Bar(row["Ticker"], date.fromisoformat(row["Date"]), opened, high, low, close, int(row["Volume"]))
