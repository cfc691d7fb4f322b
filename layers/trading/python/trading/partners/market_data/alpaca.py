"""Alpaca's market data API v2: latest quotes and daily bars.

Both calls only read, so each is tried again after 429, 5xx and broken connections, with full jitter,
within a few seconds in all: below the timeout of any function that asks.

    GET /v2/stocks/quotes/latest   symbols, feed                     the middle of bid and ask
    GET /v2/stocks/bars            symbols, timeframe=1Day, …        adjusted, page by page
"""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from trading.markets.models import Bar, Exchange, Quote
from trading.platform.clock import NEW_YORK
from trading.platform.errors import Refused, Unavailable
from trading.platform.money import round_price

SYMBOLS_PER_REQUEST = 200
TIMEOUT_SECONDS = (2, 5)
ATTEMPTS = 3
BACKOFF_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0
_TOO_MANY, _SERVER_ERROR, _CLIENT_ERROR = 429, 500, 400


@dataclass(frozen=True)
class Alpaca:
    """Asks Alpaca, or whoever speaks its language at `base_url`. Keeps its connections."""

    base_url: str
    credentials: Callable[[], Mapping[str, str]]
    feed: str
    exchanges: frozenset[Exchange]
    session: requests.Session = field(default_factory=requests.Session)
    sleep: Callable[[float], None] = time.sleep

    def covers(self, exchange: Exchange) -> bool:
        """Say whether the provider knows the exchange at all."""
        return exchange in self.exchanges

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol, however old.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer this request.
        """
        found: dict[str, Quote] = {}
        for batch in _batches(sorted(symbols)):
            answer = self._get("/v2/stocks/quotes/latest", {"symbols": ",".join(batch), "feed": self.feed})
            with _readable():
                found |= {quote.symbol: quote for quote in _quotes(answer["quotes"])}
        return found

    def daily_bars(self, symbols: Collection[str], *, since: date, until: date) -> Mapping[str, tuple[Bar, ...]]:
        """Return each symbol's adjusted daily bars, oldest first, both days included.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer this request.
        """
        found: dict[str, list[Bar]] = {}
        for batch in _batches(sorted(symbols)):
            for page in self._bar_pages(batch, since, until):
                with _readable():
                    for symbol, bars in page.items():
                        found.setdefault(symbol, []).extend(_bar(symbol, bar) for bar in bars)
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
        for attempt in range(1, ATTEMPTS + 1):
            wait = self._backoff(attempt)
            try:
                answer = self.session.get(
                    self.base_url + path, params=query, headers=self._headers(), timeout=TIMEOUT_SECONDS
                )
            except requests.RequestException:
                self.sleep(wait)
                continue
            if answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
                self.sleep(_asked_to_wait(answer, wait))
                continue
            return _json_object(answer)
        raise Unavailable("Market data cannot be had at present.")

    def _headers(self) -> Mapping[str, str]:
        keys = self.credentials()
        return {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}

    def _backoff(self, attempt: int) -> float:
        return 0.0 if attempt == ATTEMPTS else random.uniform(0, BACKOFF_SECONDS * 2**attempt)  # noqa: S311 - jitter


class _readable:  # noqa: N801 - reads as a phrase: with _readable()
    """Turns whatever an answer of another shape raises into Unavailable."""

    def __enter__(self) -> None:
        """Begin reading."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raise Unavailable instead of the error that a strange answer caused."""
        if kind is not None and issubclass(kind, KeyError | TypeError | ValueError | AttributeError | InvalidOperation):
            raise Unavailable("Market data came in a form that cannot be read.")


def _json_object(answer: requests.Response) -> Mapping[str, Any]:
    if answer.status_code >= _CLIENT_ERROR:
        raise Refused(f"Market data was refused with status {answer.status_code}.")
    with _readable():
        read = answer.json(parse_float=Decimal)
        if not isinstance(read, dict):
            raise TypeError("not an object")
        return read


def _asked_to_wait(answer: requests.Response, wait: float) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_WAIT_SECONDS) if asked.isdecimal() else wait


def _quotes(answers: Mapping[str, Any]) -> Iterator[Quote]:
    for symbol, raw in answers.items():
        bid, ask = Decimal(raw["bp"]), Decimal(raw["ap"])
        if bid > 0 and ask > 0:
            yield Quote(symbol, round_price((bid + ask) / 2), _moment(raw["t"]))


def _bar(symbol: str, raw: Mapping[str, Any]) -> Bar:
    day = _moment(raw["t"]).astimezone(NEW_YORK).date()
    opened, high, low, close = (round_price(Decimal(raw[name])) for name in ("o", "h", "l", "c"))
    return Bar(symbol, day, opened, high, low, close, int(raw["v"]))


def _moment(text: str) -> datetime:
    """Return a time that may have nanoseconds; Python keeps microseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(f"{whole}+00:00")
    return moment + timedelta(microseconds=int((fraction + "000000")[:6])) if fraction else moment


def _batches(symbols: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(symbols), SYMBOLS_PER_REQUEST):
        yield symbols[start : start + SYMBOLS_PER_REQUEST]
