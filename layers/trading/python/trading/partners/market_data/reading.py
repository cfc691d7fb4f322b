"""Alpaca's answers, read entry by entry: what cannot be read of one symbol is that symbol's loss alone.

Bids are cut and asks raised to 4 places, so that no fill is better than what the market said.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, TypeVar

from trading.markets.models import Bar, Exchange, LastTrade, Quote
from trading.platform.clock import NEW_YORK
from trading.platform.money import PRICE_STEP
from trading.platform.observability import count

MAX_PRICE = Decimal(1_000_000_000)
MAX_VOLUME = 10**15
ODD = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, OverflowError, RecursionError)

T = TypeVar("T")


def quotes(exchange: Exchange, answer: Mapping[str, Any]) -> dict[str, Quote]:
    """Return by symbol the quotes that can be read. A side that is absent or no amount is 0: no such side.

    Raises:
        TypeError, KeyError, AttributeError: if the answer is another thing altogether.
    """

    def read(symbol: str, raw: Mapping[str, Any]) -> Quote:
        bid, ask = _side(raw.get("bp"), ROUND_FLOOR), _side(raw.get("ap"), ROUND_CEILING)
        return Quote(exchange, symbol, bid, ask, moment(raw["t"]))

    return _each(answer["quotes"], read)


def trades(answer: Mapping[str, Any]) -> dict[str, LastTrade]:
    """Return by symbol the last trades that can be read.

    Raises:
        TypeError, KeyError, AttributeError: if the answer is another thing altogether.
    """
    return _each(answer["trades"], lambda _, raw: LastTrade(_required(raw["p"]), moment(raw["t"])))


def bars(answer: Mapping[str, Any]) -> dict[str, tuple[Bar, ...]]:
    """Return by symbol the bars of a page that can be read.

    Raises:
        TypeError, KeyError, AttributeError: if the answer is another thing altogether.
    """
    return _each(answer.get("bars") or {}, lambda symbol, raws: tuple(_readable_bars(symbol, raws)))


def latest_bars(answer: Mapping[str, Any]) -> dict[str, Bar]:
    """Return by symbol the latest daily bars of a snapshot that can be read: today's, else the one before.

    Raises:
        AttributeError: if the answer is another thing altogether.
    """
    return _each(answer, lambda symbol, raw: _bar(symbol, raw.get("dailyBar") or raw["prevDailyBar"]))


def _each(entries: Mapping[str, Any], read: Callable[[str, Any], T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for symbol, raw in entries.items():
        with suppress(*ODD):
            found[symbol] = read(symbol, raw)
    if len(found) < len(entries):
        count("MarketDataUnreadable", len(entries) - len(found))
    return found


def _readable_bars(symbol: str, raws: list[Any]) -> Iterator[Bar]:
    for raw in raws:
        with suppress(*ODD):
            yield _bar(symbol, raw)


def _bar(symbol: str, raw: Mapping[str, Any]) -> Bar:
    opened, high, low, close = (_required(raw[name]) for name in ("o", "h", "l", "c"))
    volume = int(Decimal(raw["v"]))
    if not (low <= min(opened, close) <= max(opened, close) <= high and 0 <= volume <= MAX_VOLUME):
        raise ValueError("an impossible bar")
    return Bar(symbol, moment(raw["t"]).astimezone(NEW_YORK).date(), opened, high, low, close, volume)


def _side(raw: object, rounding: str) -> Decimal:
    amount = _amount(raw)
    return amount.quantize(PRICE_STEP, rounding=rounding) if amount is not None else Decimal(0)


def _required(raw: object) -> Decimal:
    amount = _amount(raw)
    if amount is None:
        raise ValueError("not a price")
    return amount.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)


def _amount(raw: object) -> Decimal | None:
    if not isinstance(raw, Decimal):
        return None
    return raw if raw.is_finite() and 0 < raw <= MAX_PRICE else None


def moment(text: str) -> datetime:
    """Return a time that may have nanoseconds and any offset; Python keeps microseconds.

    Raises:
        ValueError: if it is no time, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC)
