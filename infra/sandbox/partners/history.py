"""Daily bars: those that come with the sandbox, and those of CSV files."""

import csv
import gzip
import importlib.util
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from trading.markets.models import Bar
from trading.platform.fields import LARGEST, Symbol
from trading.platform.money import round_price

COLUMNS = ("symbol", "date", "open", "high", "low", "close", "volume")
_SYMBOL = TypeAdapter(Symbol)


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


def read_csv(text: str) -> Iterator[Bar]:
    """Yield the bars of a CSV with the columns symbol, date, open, high, low, close, volume.

    Raises:
        ValueError: naming the line that is wrong.
    """
    rows = csv.DictReader(io.StringIO(text.strip()))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"the first line must be {','.join(COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        try:
            yield _read_bar(row)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no bar: {error}") from None


def write_csv(bars: Iterable[Bar]) -> str:
    """Return bars as such a CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((bar.symbol, bar.day, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars)
    return text.getvalue()


def _read_bar(row: Mapping[str, str]) -> Bar:
    opened, high, low, close = (round_price(Decimal(row[name])) for name in COLUMNS[2:6])
    if not all(price.is_finite() and 0 < price <= LARGEST for price in (opened, high, low, close)):
        raise ValueError("prices must be above 0")
    volume = int(Decimal(row["volume"]))
    return Bar(
        _SYMBOL.validate_python(row["symbol"]), date.fromisoformat(row["date"]), opened, high, low, close, volume
    )
