"""Alpaca's market data API v2: latest quotes and daily bars.

Both calls only read, so each is tried again after 429, 5xx and broken connections, with full jitter
or as Alpaca asks, within 12 seconds a request: below the timeout of any function that asks. Where
it asks for more patience than that, nothing is had.

    GET /v2/stocks/quotes/latest   symbols, feed                     bid and ask
    GET /v2/stocks/trades/latest   symbols, feed                     the last trade
    GET /v2/stocks/bars            symbols, timeframe=1Day, …        adjusted, page by page
"""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from trading.markets.models import Bar, Exchange, LastTrade, Quote
from trading.partners.limits import MARKET_DATA
from trading.platform.clock import NEW_YORK
from trading.platform.deadline import require_seconds, seconds_left
from trading.platform.errors import Refused, Unavailable
from trading.platform.money import round_price

SYMBOLS_PER_REQUEST = 200
CONNECT_SECONDS, READ_SECONDS = MARKET_DATA.connect_seconds, MARKET_DATA.read_seconds
BUDGET_SECONDS, SHORTEST_SECONDS = MARKET_DATA.total_seconds, 0.1
ATTEMPTS = MARKET_DATA.attempts
BACKOFF_SECONDS = 0.2
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
_STRANGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Alpaca:
    """Asks Alpaca, or whoever speaks its language at `base_url`. Keeps its connections."""

    base_url: str
    credentials: Callable[[], Mapping[str, str]]
    feed: str
    exchanges: frozenset[Exchange]
    session: requests.Session = field(default_factory=requests.Session)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        return exchange in self.exchanges

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol, however old.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer this request.
        """
        found: dict[str, Quote] = {}
        for batch in _batches(sorted(symbols)):
            answer = self._get("/v2/stocks/quotes/latest", {"symbols": ",".join(batch), "feed": self.feed})
            with _readable():
                found |= {quote.symbol: quote for quote in _quotes(exchange, answer["quotes"])}
        return found

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trade of each symbol, however old.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer this request.
        """
        del exchange
        found: dict[str, LastTrade] = {}
        for batch in _batches(sorted(symbols)):
            answer = self._get("/v2/stocks/trades/latest", {"symbols": ",".join(batch), "feed": self.feed})
            with _readable():
                found |= {
                    symbol: LastTrade(round_price(Decimal(raw["p"])), _moment(raw["t"]))
                    for symbol, raw in answer["trades"].items()
                }
        return found

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        """Return each symbol's adjusted daily bars, oldest first, both days included.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer this request.
        """
        del exchange
        found: dict[str, list[Bar]] = {}
        for batch in _batches(sorted(symbols)):
            for page in self._bar_pages(batch, since, until):
                with _readable():
                    for symbol, bars in page.items():
                        found.setdefault(symbol, []).extend(_bars(symbol, bars))
        return {symbol: tuple(bars) for symbol, bars in found.items()}

    def _bar_pages(self, symbols: Sequence[str], since: date, until: date) -> Iterator[Mapping[str, Any]]:
        query = {
            "symbols": ",".join(symbols),
            "timeframe": "1Day",
            "start": since.isoformat(),
            "end": until.isoformat(),
            "adjustment": "all",
            "limit": "10000",
            "feed": self.feed,
        }
        while True:
            answer = self._get("/v2/stocks/bars", query)
            yield answer.get("bars") or {}
            if not answer.get("next_page_token"):
                return
            query["page_token"] = str(answer["next_page_token"])

    def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        require_seconds(CONNECT_SECONDS + SHORTEST_SECONDS)
        gives_up_at = self.monotonic() + min(BUDGET_SECONDS, seconds_left() - CONNECT_SECONDS)
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._ask(path, query, max(gives_up_at - self.monotonic(), SHORTEST_SECONDS))
            if answer is not None and not _passes(answer):
                return _json_object(answer)
            wait = _asked_to_wait(answer, attempt)
            if attempt == ATTEMPTS or self.monotonic() + wait >= gives_up_at:
                break
            self.sleep(wait)
        raise Unavailable("Market data cannot be had at present.")

    def _ask(self, path: str, query: Mapping[str, str], left: float) -> requests.Response | None:
        # Redirects are not followed: they would carry the keys to wherever they point.
        try:
            return self.session.get(
                self.base_url + path,
                params=query,
                headers=self._headers(),
                timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
                allow_redirects=False,
            )
        except requests.RequestException:
            return None

    def _headers(self) -> Mapping[str, str]:
        keys = self.credentials()
        return {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}


@contextmanager
def _readable() -> Iterator[None]:
    """Turn whatever an answer of another shape raises into Unavailable."""
    try:
        yield
    except _STRANGE:
        raise Unavailable("Market data came in a form that cannot be read.") from None


def _passes(answer: requests.Response) -> bool:
    return answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR


def _asked_to_wait(answer: requests.Response | None, attempt: int) -> float:
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    return int(asked) if asked.isdecimal() else random.uniform(0, BACKOFF_SECONDS * 2**attempt)  # noqa: S311 - jitter


def _json_object(answer: requests.Response) -> Mapping[str, Any]:
    if answer.status_code != _OK:
        raise Refused(f"Market data was refused with status {answer.status_code}.")
    with _readable():
        read = answer.json(parse_float=Decimal, parse_constant=Decimal)
        if not isinstance(read, dict):
            raise TypeError("not an object")
        return read


def _quotes(exchange: Exchange, answers: Mapping[str, Any]) -> Iterator[Quote]:
    for symbol, raw in answers.items():
        bid, ask = Decimal(raw["bp"]), Decimal(raw["ap"])
        if _is_price(bid) and _is_price(ask):
            yield Quote(exchange, symbol, round_price(bid), round_price(ask), _moment(raw["t"]))


def _bars(symbol: str, answers: Sequence[Mapping[str, Any]]) -> Iterator[Bar]:
    for raw in answers:
        prices = [Decimal(raw[name]) for name in ("o", "h", "l", "c")]
        if all(map(_is_price, prices)):
            day = _moment(raw["t"]).astimezone(NEW_YORK).date()
            opened, high, low, close = map(round_price, prices)
            yield Bar(symbol, day, opened, high, low, close, int(raw["v"]))


def _is_price(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _moment(text: str) -> datetime:
    """Return a time that may have nanoseconds; Python keeps microseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(f"{whole}+00:00")
    return moment + timedelta(microseconds=int((fraction + "000000")[:6])) if fraction else moment


def _batches(symbols: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(symbols), SYMBOLS_PER_REQUEST):
        yield symbols[start : start + SYMBOLS_PER_REQUEST]
