"""Daily bars in CSV files as they are in the wild.

The first line names the columns, in any order and any case: symbol (or ticker), date, open, high, low,
close, volume. Where there is an adjusted close (`adj close`), the other prices are moved by its ratio to the
close; other columns are passed over. Lines end in CR, LF or both, numbers may have commas at their thousands
if they stand in quotes. What is no bar is refused by its line's number, and all of its file with it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter

from trading.markets.models import Bar
from trading.platform.fields import LARGEST, Symbol
from trading.platform.money import round_price

COLUMNS = ("symbol", "date", "open", "high", "low", "close", "volume")
ADJUSTED = "adjusted_close"
MAX_VOLUME = 10**15
_NAMES = {"ticker": "symbol", "adj_close": ADJUSTED, "adjclose": ADJUSTED, "adjusted_close": ADJUSTED}
_NUMBER = re.compile(r"-?(\d{1,18}|\d{1,3}(,\d{3}){1,5})(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
_SYMBOL = TypeAdapter(Symbol)


def read_csv(text: str | bytes) -> Iterator[Bar]:
    """Yield the bars of a CSV.

    Raises:
        ValueError: naming the line that is wrong.
    """
    rows = csv.reader(io.StringIO(_decoded(text), newline=None), strict=True)
    lines = _lines(rows)
    names = _columns(next(lines, (1, []))[1])
    for number, cells in lines:
        if len(cells) != len(names):
            raise ValueError(f"line {number} has {len(cells)} columns, not {len(names)}")
        try:
            yield _bar(dict(zip(names, cells, strict=True)))
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"line {number} is no bar: {_first_line(error)}") from None


def write_csv(bars: Iterable[Bar]) -> str:
    """Return bars as such a CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((bar.symbol, bar.day, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars)
    return text.getvalue()


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-16" if text[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line} is not text in UTF-8") from None


def _lines(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the number of the line that each ends on."""
    number = 0
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise ValueError(f"line {number + 1} cannot be read: {error}") from None
        if cells is None:
            return
        number = rows.line_num  # type: ignore[attr-defined]
        if any(cell.strip() for cell in cells):
            yield number, [cell.strip() for cell in cells]


def _columns(cells: Sequence[str]) -> list[str]:
    plain = [re.sub(r"[\s_]+", "_", cell.lower()) for cell in cells]
    names = [_NAMES.get(name, name) for name in plain]
    wrong = [name for name in (*COLUMNS, ADJUSTED) if names.count(name) > 1 or (name != ADJUSTED and name not in names)]
    if wrong:
        raise ValueError(f"the first line must name {','.join(COLUMNS)} once each; see {', '.join(wrong)}")
    return names


def _bar(row: Mapping[str, str]) -> Bar:
    opened, high, low, close = (_number(row[name]) for name in COLUMNS[2:6])
    if ADJUSTED in row:
        factor = _number(row[ADJUSTED]) / close
        opened, high, low, close = (price * factor for price in (opened, high, low, close))
    opened, high, low, close = (round_price(price) for price in (opened, high, low, close))
    volume = _number(row["volume"])
    _require_possible((opened, high, low, close), volume)
    day = date.fromisoformat(row["date"])
    return Bar(_symbol(row["symbol"]), day, opened, high, low, close, int(volume))


def _require_possible(prices: Sequence[Decimal], volume: Decimal) -> None:
    opened, high, low, close = prices
    if not all(0 < price <= LARGEST for price in prices):
        raise ValueError("prices must be above 0")
    if not low <= min(opened, close) <= max(opened, close) <= high:
        raise ValueError("open and close must lie between low and high")
    if not 0 <= volume <= MAX_VOLUME:
        raise ValueError("the volume must not be below 0")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no number")
    return Decimal(text.replace(",", ""))


def _symbol(text: str) -> str:
    try:
        return _SYMBOL.validate_python(text)
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no symbol") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:100]
