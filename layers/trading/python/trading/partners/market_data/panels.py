"""Alpaca's daily bars of many symbols, parsed page by page straight into arrays. Needs numpy.

    GET /v2/stocks/bars   adjustment=all   prices as they compare with today's
    GET /v2/stocks/bars   adjustment=raw   prices as they were paid, and volume as it was counted

A bar that cannot be read, comes in one of the two alone, or is of a day that nobody asked for, is no bar. Possible
or not, its prices stand as they came: who judges symbols judges that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.markets.models import Exchange
from trading.partners.market_data.alpaca import Alpaca
from trading.partners.market_data.connection import as_floats, readable
from trading.partners.market_data.reading import MAX_PRICE, MAX_VOLUME, ODD, moment
from trading.platform.clock import NEW_YORK
from trading.platform.errors import Unavailable
from trading.signals.panel import DailyPanel

MIN_WHOLE = 0.5
"""Where fewer bars than this share came both adjusted and raw, pages are missing."""

Array = NDArray[np.float64]
Row = tuple[int, float, float, float, float, float]
_NAMES = ("o", "h", "l", "c", "v")
_MAX_PRICE = float(MAX_PRICE)


class AlpacaPanels(Alpaca):
    """Asks Alpaca for histories as arrays."""

    def daily_panel(self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date) -> DailyPanel:
        """Return daily bars of symbols, both days included; symbols and days without any are absent.

        Raises:
            Unavailable: if Alpaca cannot be asked now, its answer cannot be read, or part of it is missing.
            Refused: if it will not answer at all.
        """
        adjusted = self._rows(exchange, symbols, since, until, "all")
        raw = self._rows(exchange, symbols, since, until, "raw")
        return _joined(adjusted, raw)

    def _rows(
        self, exchange: Exchange, symbols: Collection[str], since: date, until: date, adjustment: str
    ) -> dict[str, Array]:
        dates: dict[str, int] = {}

        def ask(theirs: Sequence[str]) -> Mapping[str, Array]:
            found: dict[str, list[Row]] = {}
            for page in self._bar_pages(theirs, since, until, adjustment=adjustment, read=as_floats):
                with readable():
                    for symbol, bars in (page.get("bars") or {}).items():
                        found.setdefault(symbol, []).extend(_readable(bars, dates, since, until))
            return {symbol: np.array(rows) for symbol, rows in found.items() if rows}

        return self._found(exchange, symbols, ask)


def _readable(
    bars: Any,  # noqa: ANN401 - as it came
    dates: dict[str, int],
    since: date,
    until: date,
) -> Iterator[Row]:
    for bar in bars if isinstance(bars, list) else ():
        try:
            row, day = tuple(bar[name] for name in _NAMES), _day(bar["t"], dates)
            if _is_bar(row) and since.toordinal() <= day <= until.toordinal():
                yield (day, *row)
        except ODD:
            continue


def _is_bar(row: tuple[Any, ...]) -> bool:
    *prices, volume = row
    return all(isfinite(price) and 0 < price <= _MAX_PRICE for price in prices) and 0 <= volume <= MAX_VOLUME


def _day(text: str, dates: dict[str, int]) -> int:
    """Return the day of a bar's time in New York as a number; a day's bars say the same time."""
    if text not in dates:
        dates[text] = moment(text).astimezone(NEW_YORK).date().toordinal()
    return dates[text]


def _joined(adjusted: Mapping[str, Array], raw: Mapping[str, Array]) -> DailyPanel:
    """Return the panel of what came both ways.

    Raises:
        Unavailable: if much of it came one way alone.
    """
    symbols = tuple(sorted(adjusted))
    ordinals = np.unique(np.concatenate([rows[:, 0] for rows in adjusted.values()])) if adjusted else np.empty(0)
    table, paid = _table(adjusted, symbols, ordinals), _table(raw, symbols, ordinals)
    whole = ~np.isnan(table[3]) & ~np.isnan(paid[3])
    if whole.sum() < MIN_WHOLE * max(_count(adjusted), _count(raw)):
        raise Unavailable("Market data came in part only.")
    table[:, ~whole] = np.nan
    factor = paid[3] / table[3]
    days = ordinals.astype(np.int64) - date(1970, 1, 1).toordinal()
    opened, high, low, close = table[:4]
    return DailyPanel(
        days.astype("datetime64[D]"), symbols, opened, high, low, close, volume=paid[4] * factor, factor=factor
    )


def _count(rows_by_symbol: Mapping[str, Array]) -> int:
    return sum(map(len, rows_by_symbol.values()))


def _table(rows_by_symbol: Mapping[str, Array], symbols: Sequence[str], ordinals: Array) -> Array:
    """Return open, high, low, close and volume by day and symbol (5, T, N), NaN where there is none."""
    table = np.full((len(_NAMES), len(ordinals), len(symbols)), np.nan)
    for column, symbol in enumerate(symbols):
        rows = rows_by_symbol.get(symbol, np.empty((0, len(_NAMES) + 1)))
        rows = rows[np.isin(rows[:, 0], ordinals)]
        table[:, np.searchsorted(ordinals, rows[:, 0]), column] = rows[:, 1:].T
    return table
