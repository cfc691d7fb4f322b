"""A market-data provider in Alpaca's wire format, moved by the sandbox's clock.

Daily bars come from the shipped history and from loaded CSVs. Within a session the price walks from
the day's open through high and low, in an order fixed by symbol and day, to the close. A pinned
price is fresh at every moment.
"""

import csv
import gzip
import hashlib
import importlib.util
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from trading.markets.calendar import trading_day
from trading.markets.models import Bar, Exchange, TradingDay
from trading.platform.clock import rfc3339, trading_date
from trading.platform.money import round_price

SHIPPED = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
COLUMNS = ("symbol", "date", "open", "high", "low", "close", "volume")


@dataclass
class MarketSimulator:
    """Knows every symbol's bars and pinned prices."""

    folder: Path
    bars: dict[str, dict[date, Bar]] = field(default_factory=dict)
    pinned: dict[str, Decimal | None] = field(default_factory=dict)

    def load(self) -> None:
        """Read the shipped history, then what was loaded and pinned before."""
        self.add_bars(shipped_history())
        if self._loaded.exists():
            self.add_bars(read_csv(self._loaded.read_text()))
        if self._pins.exists():
            pins = json.loads(self._pins.read_text())
            self.pinned = {symbol: Decimal(price) if price else None for symbol, price in pins.items()}

    def load_csv(self, text: str) -> frozenset[str]:
        """Add bars from a CSV and keep them; return their symbols.

        Raises:
            ValueError: naming the line that is wrong; nothing is added then.
        """
        bars = list(read_csv(text))
        self.add_bars(bars)
        with self._loaded.open("a") as kept:
            kept.write(text.strip().split("\n", 1)[-1] + "\n" if self._loaded.stat().st_size else text.strip() + "\n")
        return frozenset(bar.symbol for bar in bars)

    def add_bars(self, bars: Iterable[Bar]) -> None:
        """Add bars; one of the same symbol and day replaces the former."""
        for bar in bars:
            self.bars.setdefault(bar.symbol, {})[bar.day] = bar

    def pin(self, prices: Mapping[str, Decimal | None]) -> None:
        """Pin prices (None: no quote to be had) until they are pinned anew."""
        self.pinned |= prices
        kept = {symbol: str(price) if price is not None else None for symbol, price in self.pinned.items()}
        self._pins.write_text(json.dumps(kept))

    def latest_quotes(self, symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        """Answer the latest-quotes call."""
        found = {symbol: self._quote(symbol, now) for symbol in symbols}
        return {"quotes": {symbol: _wire(*quote) for symbol, quote in found.items() if quote is not None}}

    def daily_bars(self, symbols: Iterable[str], since: date, until: date, now: datetime) -> dict[str, Any]:
        """Answer the daily-bars call; a day's bar is there once its session has closed."""
        answer = {
            symbol: [_wire_bar(bar) for day, bar in sorted(self.bars[symbol].items()) if since <= day <= until]
            for symbol in symbols
            if symbol in self.bars
        }
        today = trading_date(now)
        session = trading_day(Exchange.NASDAQ, today)
        if session is None or now < session.closes_at:
            limit = today.isoformat()
            answer = {symbol: [bar for bar in bars if bar["t"][:10] < limit] for symbol, bars in answer.items()}
        return {"bars": answer, "next_page_token": None}

    def _quote(self, symbol: str, now: datetime) -> tuple[Decimal, datetime] | None:
        if symbol in self.pinned:
            price = self.pinned[symbol]
            return (price, now) if price is not None else None
        days = self.bars.get(symbol, {})
        past = [day for day in sorted(days) if (session := _session(day)) and session.opens_at <= now]
        if not past:
            return None
        bar, session = days[past[-1]], _session(past[-1])
        if session is None or now >= session.closes_at:
            return bar.close, session.closes_at if session else now
        return price_within(bar, session, now), now.replace(second=0, microsecond=0)

    @property
    def _loaded(self) -> Path:
        file = self.folder / "bars.csv"
        file.touch()
        return file

    @property
    def _pins(self) -> Path:
        return self.folder / "pinned.json"


def price_within(bar: Bar, session: TradingDay, now: datetime) -> Decimal:
    """Return the price at a moment of a session, on the path that symbol and day fix."""
    seed = hashlib.sha256(f"{bar.symbol}{bar.day}".encode()).digest()[0]
    turns = (bar.high, bar.low) if seed % 2 else (bar.low, bar.high)
    path = (bar.open, *turns, bar.close)
    lasts = (session.closes_at - session.opens_at).total_seconds()
    place = Decimal((now - session.opens_at).total_seconds()) * (len(path) - 1) / Decimal(lasts)
    leg = min(int(place), len(path) - 2)
    return round_price(path[leg] + (path[leg + 1] - path[leg]) * (place - leg))


def shipped_history() -> Iterator[Bar]:
    """Yield the daily bars that come with the sandbox, adjusted for splits and dividends."""
    package = importlib.util.find_spec("bokeh_sampledata")
    if package is None or not package.submodule_search_locations:
        return
    file = next(Path(package.submodule_search_locations[0]).rglob("stocks.csv.gz"))
    with gzip.open(file, "rt") as text:
        for row in csv.DictReader(text):
            symbol = row["Ticker"]
            factor = Decimal(row["Adj Close"]) / Decimal(row["Close"])
            opened, high, low, close = (
                round_price(Decimal(row[name]) * factor) for name in ("Open", "High", "Low", "Close")
            )
            yield Bar(symbol, date.fromisoformat(row["Date"]), opened, high, low, close, int(row["Volume"]))


def read_csv(text: str) -> Iterator[Bar]:
    """Yield the bars of a CSV with the columns symbol, date, open, high, low, close, volume.

    Raises:
        ValueError: naming the line that is wrong.
    """
    rows = csv.DictReader(io.StringIO(text.strip()))
    if rows.fieldnames is None:
        return
    if tuple(rows.fieldnames) != COLUMNS:
        raise ValueError(f"the first line must be {','.join(COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        try:
            yield _read_bar(row)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no bar: {error}") from None


def _read_bar(row: Mapping[str, str]) -> Bar:
    opened, high, low, close = (round_price(Decimal(row[name])) for name in COLUMNS[2:6])
    if not all(price.is_finite() and price > 0 for price in (opened, high, low, close)):
        raise ValueError("prices must be above 0")
    return Bar(row["symbol"], date.fromisoformat(row["date"]), opened, high, low, close, int(Decimal(row["volume"])))


def _session(day: date) -> TradingDay | None:
    return trading_day(Exchange.NASDAQ, day)


def _wire(price: Decimal, at: datetime) -> dict[str, Any]:
    return {
        "t": rfc3339(at),
        "bp": float(price),
        "ap": float(price),
        "bs": 1,
        "as": 1,
        "ax": "Q",
        "bx": "Q",
        "c": ["R"],
    }


def _wire_bar(bar: Bar) -> dict[str, Any]:
    opened = datetime(bar.day.year, bar.day.month, bar.day.day, 5, tzinfo=UTC)
    names = zip("ohlc", (bar.open, bar.high, bar.low, bar.close), strict=True)
    return {"t": rfc3339(opened), **{name: float(price) for name, price in names}, "v": bar.volume}
