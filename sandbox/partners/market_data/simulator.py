"""A market-data provider in Alpaca's wire format, moved by the sandbox's clock.

Daily bars come from the shipped history and from loaded CSVs; a day's bar is there once its session
has closed. Within a session the price walks from the day's open through high and low, in an order
fixed by symbol and day, to the close. A pinned price is fresh at every moment. Symbols are those of
the United States, as Alpaca writes them.
"""

import json
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from shutil import rmtree
from typing import Any

from sandbox.partners.market_data.adjustment import adjusted
from sandbox.partners.market_data.bar_files import read_csv, write_csv
from sandbox.partners.market_data.corporate_actions import ActionBoard
from sandbox.partners.market_data.history import shipped_history
from sandbox.partners.market_data.pins import Pin, merged, pin_key, read_key
from trading.markets.calendar import trading_day
from trading.markets.models import Bar, Exchange, TradingDay
from trading.markets.walk import price_on_walk
from trading.partners.market_data.symbols import their_symbol
from trading.platform.clock import rfc3339, trading_date

SHIPPED = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
MAX_BARS = 10_000
_USUAL = re.compile(r"[A-Z][A-Z0-9]*(\.[A-Z]+)?")


@dataclass
class MarketSimulator:
    """Knows every symbol's bars and pinned prices; keeps in its folder what came in over the control plane."""

    folder: Path
    pinned: dict[str, Pin] = field(default_factory=dict)
    _bars: dict[str, dict[date, Bar]] = field(default_factory=dict)
    _loaded: dict[tuple[str, date], Bar] = field(default_factory=dict)
    _days: dict[str, list[date]] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool = False) -> "MarketSimulator":
        """Return the simulator of a folder, with the shipped history and, unless `afresh`, what was kept."""
        if afresh and folder.exists():
            rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        market = cls(folder, _bars={symbol: dict(days) for symbol, days in _shipped_bars().items()})
        market._days = {symbol: list(days) for symbol, days in _shipped_bars().items()}
        if market._loaded_file.exists():
            market._load(read_csv(market._loaded_file.read_text()))
        if market._pinned_file.exists():
            pins = json.loads(market._pinned_file.read_text())
            market.pinned = {key: Pin.from_json(pin) for key, pin in pins.items()}
        return market

    @cached_property
    def actions(self) -> ActionBoard:
        """Return what companies do to their shares."""
        return ActionBoard.in_folder(self.folder)

    def load_csv(self, text: str | bytes) -> frozenset[str]:
        """Add bars from a CSV and keep them; return their symbols.

        Raises:
            ValueError: naming the line that is wrong; nothing is added then.
        """
        bars = tuple(read_csv(text))
        self._load(bars)
        self._loaded_file.write_text(write_csv(self._loaded.values()))
        return frozenset(bar.symbol for bar in bars)

    def pin(self, prices: Mapping[str, Pin | Decimal | None], now: datetime | None = None) -> None:
        """Pin quotes by `SYMBOL` or `EXCHANGE:SYMBOL` (None: no quote to be had) until they are pinned anew."""
        named = {read_key(key): pin if isinstance(pin, Pin) else Pin.plain(pin) for key, pin in prices.items()}
        pins = {pin_key(symbol, exchange): pin for (exchange, symbol), pin in named.items()}
        self.pinned = merged(self.pinned, pins, now)
        self._pinned_file.write_text(json.dumps({key: pin.to_json() for key, pin in self.pinned.items()}))

    def unknown(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return the symbols that fail a request: of no usual form, and never heard of."""
        return tuple(s for s in symbols if not _USUAL.fullmatch(s) and s not in self.pinned and s not in self._bars)

    def latest_quotes(self, symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        """Answer the latest-quotes call."""
        found = {symbol: self._quote(symbol, now) for symbol in symbols}
        return {"quotes": {symbol: _wire_quote(*quote) for symbol, quote in found.items() if quote is not None}}

    def latest_trades(self, symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        """Answer the latest-trades call."""
        found = {symbol: self._trade(symbol, now) for symbol in symbols}
        return {"trades": {symbol: _wire_trade(*trade) for symbol, trade in found.items() if trade is not None}}

    def daily_bars(
        self,
        symbols: Collection[str],
        days: tuple[date, date],
        now: datetime,
        *,
        page: tuple[int, int],
        is_raw: bool = False,
    ) -> dict[str, Any]:
        """Answer the daily-bars call for the days from first to last; `page` is where it begins and how many.

        Bars are adjusted for what companies announced, or with `is_raw` as they were traded, with that of the day
        that runs as far as it is known.
        """
        start, count = page
        names = sorted(set(symbols))
        closed = self._closed if is_raw else self._adjusted
        bars = [(symbol, bar) for symbol in names for bar in closed(symbol, *days, now)]
        if is_raw and days[0] <= trading_date(now) <= days[1]:
            bars += [(symbol, bar) for symbol in names if (bar := self._running(symbol, now)) is not None]
        answer: dict[str, list[dict[str, Any]]] = {}
        for symbol, bar in bars[start : start + count]:
            answer.setdefault(symbol, []).append(_wire_bar(bar))
        return {"bars": answer, "next_page_token": str(start + count) if start + count < len(bars) else None}

    def snapshots(self, symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        """Answer the snapshots call with daily bars: a pinned price is the day's at every hour."""
        found = {symbol: self._latest_bar(symbol, now) for symbol in symbols}
        return {symbol: {"dailyBar": _wire_bar(bar)} for symbol, bar in found.items() if bar is not None}

    def _latest_bar(self, symbol: str, now: datetime) -> Bar | None:
        today, pin = trading_date(now), self.pinned.get(their_symbol(symbol))
        if pin is not None and pin.is_plain:
            price = pin.bid
            return Bar(symbol, today, price, price, price, price, 0) if price is not None else None
        closed = deque(self._closed(symbol, date.min, today, now), maxlen=1)
        return self._running(symbol, now) or (closed[0] if closed else None)

    def _closed(self, symbol: str, since: date, until: date, now: datetime) -> Iterator[Bar]:
        today, symbol = trading_date(now), their_symbol(symbol)
        for day in self._days.get(symbol, ()):
            if since <= day <= until and (day < today or (day == today and now >= _session(day).closes_at)):
                yield self._bars[symbol][day]

    def _adjusted(self, symbol: str, since: date, until: date, now: datetime) -> Iterator[Bar]:
        actions = self.actions.of(symbol)
        if not actions:
            return self._closed(symbol, since, until, now)
        bars = adjusted(list(self._closed(symbol, date.min, until, now)), actions, trading_date(now))
        return (bar for bar in bars if since <= bar.day)

    def _running(self, symbol: str, now: datetime) -> Bar | None:
        """Return today's bar while its session runs, of what is known by now; a pin is the day's one price."""
        today, symbol = trading_date(now), their_symbol(symbol)
        bar, pin = self._bars.get(symbol, {}).get(today), self.pinned.get(symbol)
        if pin is not None and (price := pin.value) is not None:
            return Bar(symbol, today, price, price, price, price, 0)
        session = _session(today)
        if bar is None or not session.opens_at <= now < session.closes_at:
            return None
        last = price_on_walk(bar, session, now)
        return Bar(symbol, today, bar.open, max(bar.open, last), min(bar.open, last), last, 0)

    def _quote(self, symbol: str, now: datetime) -> tuple[Decimal, Decimal, datetime] | None:
        pin = self.pinned.get(their_symbol(symbol))
        if pin is not None:
            is_quoted = pin.bid is not None and pin.ask is not None
            return (pin.bid or Decimal(0), pin.ask or Decimal(0), pin.at or now) if is_quoted else None
        walked = self._walked(symbol, now)
        return (walked[0], *walked) if walked is not None else None

    def _trade(self, symbol: str, now: datetime) -> tuple[Decimal, datetime] | None:
        pin = self.pinned.get(their_symbol(symbol))
        if pin is not None and (pin.traded is not None or pin.is_plain):
            return (pin.traded, pin.traded_at or now) if pin.traded is not None else None
        return self._walked(symbol, now)

    def _walked(self, symbol: str, now: datetime) -> tuple[Decimal, datetime] | None:
        symbol = their_symbol(symbol)
        days = self._days.get(symbol, [])
        place = bisect_right(days, trading_date(now)) - 1
        if place >= 0 and now < _session(days[place]).opens_at:
            place -= 1
        if place < 0:
            return None
        bar, session = self._bars[symbol][days[place]], _session(days[place])
        minute = min(now.replace(second=0, microsecond=0), session.closes_at)
        return price_on_walk(bar, session, minute), minute

    def _load(self, bars: Iterable[Bar]) -> None:
        kept = tuple(bars)
        self._add(kept)
        self._loaded |= {(bar.symbol, bar.day): bar for bar in kept}

    def _add(self, bars: Iterable[Bar]) -> None:
        added = _by_symbol(bars)
        for symbol, days in added.items():
            self._bars.setdefault(symbol, {}).update(days)
        self._days |= {symbol: sorted(self._bars[symbol]) for symbol in added}

    @property
    def _loaded_file(self) -> Path:
        return self.folder / "bars.csv"

    @property
    def _pinned_file(self) -> Path:
        return self.folder / "pinned.json"


@cache
def _shipped_bars() -> Mapping[str, Mapping[date, Bar]]:
    """Return the shipped history by symbol and day, in the order of the days."""
    return {symbol: dict(sorted(days.items())) for symbol, days in _by_symbol(shipped_history()).items()}


def _by_symbol(bars: Iterable[Bar]) -> dict[str, dict[date, Bar]]:
    found: dict[str, dict[date, Bar]] = {}
    theirs: dict[str, str] = {}
    for bar in bars:
        symbol = theirs.get(bar.symbol) or theirs.setdefault(bar.symbol, their_symbol(bar.symbol))
        found.setdefault(symbol, {})[bar.day] = bar
    return found


def _session(day: date) -> TradingDay:
    """Return the hours of a day that has a bar, wherever that was traded."""
    regular = TradingDay(
        Exchange.NASDAQ, day, *(datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in (15, 21))
    )
    return trading_day(Exchange.NASDAQ, day) or trading_day(Exchange.TSE, day) or regular


def _wire_quote(bid: Decimal, ask: Decimal, at: datetime) -> dict[str, Any]:
    sizes, venues = {"bs": 1, "as": 1}, {"bx": "Q", "ax": "Q"}
    return {"t": rfc3339(at), "bp": float(bid), "ap": float(ask), **sizes, **venues, "c": ["R"], "z": "C"}


def _wire_trade(price: Decimal, at: datetime) -> dict[str, Any]:
    return {"t": rfc3339(at), "x": "Q", "p": float(price), "s": 1, "c": ["@"], "i": 1, "z": "C"}


def _wire_bar(bar: Bar) -> dict[str, Any]:
    opened = datetime(bar.day.year, bar.day.month, bar.day.day, 5, tzinfo=UTC)
    names = zip("ohlc", (bar.open, bar.high, bar.low, bar.close), strict=True)
    return {"t": rfc3339(opened), **{name: float(price) for name, price in names}, "v": bar.volume}
