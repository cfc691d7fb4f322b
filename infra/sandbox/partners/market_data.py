"""A market-data provider in Alpaca's wire format, moved by the sandbox's clock.

Daily bars come from the shipped history and from loaded CSVs; a day's bar is there once its session
has closed. Within a session the price walks from the day's open through high and low, in an order
fixed by symbol and day, to the close. A pinned price is fresh at every moment.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from typing import Any

from infra.sandbox.partners.history import read_csv, shipped_history, write_csv
from trading.markets.calendar import trading_day
from trading.markets.models import Bar, Exchange, TradingDay
from trading.platform.clock import rfc3339, trading_date
from trading.platform.money import round_price

SHIPPED = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
MOST_BARS = 10_000


@dataclass
class MarketSimulator:
    """Knows every symbol's bars and pinned prices; keeps in its folder what came in over the control plane."""

    folder: Path
    pinned: dict[str, Decimal | None] = field(default_factory=dict)
    _bars: dict[str, dict[date, Bar]] = field(default_factory=dict)
    _loaded: dict[tuple[str, date], Bar] = field(default_factory=dict)
    _days: dict[str, list[date]] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool = False) -> "MarketSimulator":
        """Return the simulator of a folder, with the shipped history and, unless `afresh`, what was kept."""
        if afresh and folder.exists():
            rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        market = cls(folder)
        market._add(shipped_history())
        if market._loaded_file.exists():
            market._load(read_csv(market._loaded_file.read_text()))
        if market._pinned_file.exists():
            pins = json.loads(market._pinned_file.read_text())
            market.pinned = {symbol: Decimal(price) if price else None for symbol, price in pins.items()}
        return market

    def load_csv(self, text: str) -> frozenset[str]:
        """Add bars from a CSV and keep them; return their symbols.

        Raises:
            ValueError: naming the line that is wrong; nothing is added then.
        """
        bars = tuple(read_csv(text))
        self._load(bars)
        self._loaded_file.write_text(write_csv(self._loaded.values()))
        return frozenset(bar.symbol for bar in bars)

    def pin(self, prices: Mapping[str, Decimal | None]) -> None:
        """Pin prices (None: no quote to be had) until they are pinned anew."""
        self.pinned |= prices
        kept = {symbol: str(price) if price is not None else None for symbol, price in self.pinned.items()}
        self._pinned_file.write_text(json.dumps(kept))

    def latest_quotes(self, symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        """Answer the latest-quotes call."""
        found = {symbol: self._quote(symbol, now) for symbol in symbols}
        return {"quotes": {symbol: _wire(*quote) for symbol, quote in found.items() if quote is not None}}

    def daily_bars(
        self, symbols: Collection[str], days: tuple[date, date], now: datetime, *, page: tuple[int, int]
    ) -> dict[str, Any]:
        """Answer the daily-bars call for the days from first to last; `page` is where it begins and how many."""
        start, count = page
        bars = [bar for symbol in sorted(set(symbols)) for bar in self._closed(symbol, *days, now)]
        answer: dict[str, list[dict[str, Any]]] = {}
        for bar in bars[start : start + count]:
            answer.setdefault(bar.symbol, []).append(_wire_bar(bar))
        return {"bars": answer, "next_page_token": str(start + count) if start + count < len(bars) else None}

    def _closed(self, symbol: str, since: date, until: date, now: datetime) -> Iterator[Bar]:
        today = trading_date(now)
        for day in self._days.get(symbol, ()):
            if since <= day <= until and (day < today or (day == today and now >= _session(day).closes_at)):
                yield self._bars[symbol][day]

    def _quote(self, symbol: str, now: datetime) -> tuple[Decimal, datetime] | None:
        if symbol in self.pinned:
            price = self.pinned[symbol]
            return (price, now) if price is not None else None
        days = self._days.get(symbol, [])
        place = bisect_right(days, trading_date(now)) - 1
        if place >= 0 and now < _session(days[place]).opens_at:
            place -= 1
        if place < 0:
            return None
        bar, session = self._bars[symbol][days[place]], _session(days[place])
        minute = min(now.replace(second=0, microsecond=0), session.closes_at)
        return price_within(bar, session, minute), minute

    def _load(self, bars: Iterable[Bar]) -> None:
        kept = tuple(bars)
        self._add(kept)
        self._loaded |= {(bar.symbol, bar.day): bar for bar in kept}

    def _add(self, bars: Iterable[Bar]) -> None:
        changed = set()
        for bar in bars:
            self._bars.setdefault(bar.symbol, {})[bar.day] = bar
            changed.add(bar.symbol)
        self._days |= {symbol: sorted(self._bars[symbol]) for symbol in changed}

    @property
    def _loaded_file(self) -> Path:
        return self.folder / "bars.csv"

    @property
    def _pinned_file(self) -> Path:
        return self.folder / "pinned.json"


def price_within(bar: Bar, session: TradingDay, moment: datetime) -> Decimal:
    """Return the price at a moment of a session, on the path that symbol and day fix."""
    if moment >= session.closes_at:
        return bar.close
    seed = hashlib.sha256(f"{bar.symbol}{bar.day}".encode()).digest()[0]
    turns = (bar.high, bar.low) if seed % 2 else (bar.low, bar.high)
    path = (bar.open, *turns, bar.close)
    lasts = Decimal((session.closes_at - session.opens_at).total_seconds())
    place = Decimal((moment - session.opens_at).total_seconds()) * (len(path) - 1) / lasts
    leg = int(place)
    return round_price(path[leg] + (path[leg + 1] - path[leg]) * (place - leg))


def _session(day: date) -> TradingDay:
    """Return the hours of a day that has a bar, wherever that was traded."""
    regular = TradingDay(
        Exchange.NASDAQ, day, *(datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in (15, 21))
    )
    return trading_day(Exchange.NASDAQ, day) or trading_day(Exchange.TSE, day) or regular


def _wire(price: Decimal, at: datetime) -> dict[str, Any]:
    sizes, venues = {"bs": 1, "as": 1}, {"bx": "Q", "ax": "Q"}
    return {"t": rfc3339(at), "bp": float(price), "ap": float(price), **sizes, **venues, "c": ["R"], "z": "C"}


def _wire_bar(bar: Bar) -> dict[str, Any]:
    opened = datetime(bar.day.year, bar.day.month, bar.day.day, 5, tzinfo=UTC)
    names = zip("ohlc", (bar.open, bar.high, bar.low, bar.close), strict=True)
    return {"t": rfc3339(opened), **{name: float(price) for name, price in names}, "v": bar.volume}
