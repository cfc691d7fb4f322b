"""Alpaca over HTTP: one reading call, tried again within its time.

After 429, 5xx and broken connections a call is tried again with full jitter or as Alpaca asks, within
12 seconds: below the timeout of any function that asks. Where it asks for more patience than that,
nothing is had.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests

from trading.partners.limits import MARKET_DATA, CallLimit
from trading.partners.sessions import partner_session
from trading.platform.deadline import monotonic, pause, require_seconds, seconds_left
from trading.platform.errors import Refused, Unavailable

SHORTEST_SECONDS = 0.1
BACKOFF_SECONDS = 0.2
_OK, _BAD_REQUEST, _TOO_MANY, _SERVER_ERROR = 200, 400, 429, 500
_STRANGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class BadRequest(Refused):
    """Raised when Alpaca refuses a request for what it asks: one symbol that it does not know is enough."""


@dataclass(frozen=True)
class Connection:
    """Asks Alpaca, or whoever speaks its language at `base_url`. Keeps its connections."""

    base_url: str
    credentials: Callable[[], Mapping[str, str]]
    limit: CallLimit = MARKET_DATA
    session: requests.Session = field(default_factory=partner_session)
    sleep: Callable[[float], None] = pause
    monotonic: Callable[[], float] = monotonic
    wall: Callable[[], float] = time.time

    def get(self, path: str, query: Mapping[str, str], read: Callable[[str], Any] | None = None) -> Mapping[str, Any]:
        """Return the object that Alpaca answers with; its decimals are exact, or what `read` makes of them.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer; `BadRequest` if for what was asked.
        """
        limit = self.limit
        require_seconds(limit.connect_seconds + SHORTEST_SECONDS)
        abandoned_at = self.monotonic() + min(limit.total_seconds, seconds_left() - limit.connect_seconds)
        for attempt in range(1, limit.attempts + 1):
            answer = self._ask(path, query, max(abandoned_at - self.monotonic(), SHORTEST_SECONDS))
            if answer is not None and not _passes(answer):
                return _json_object(answer, read or as_numbers)
            wait = _asked_to_wait(answer, attempt, self.wall())
            if attempt == limit.attempts or self.monotonic() + wait >= abandoned_at:
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
                timeout=(min(self.limit.connect_seconds, left), min(self.limit.read_seconds, left)),
                allow_redirects=False,
            )
        except requests.RequestException:
            return None

    def _headers(self) -> Mapping[str, str]:
        keys = self.credentials()
        return {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}


def as_numbers(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON text whose numbers are all exact; one that Python cannot hold is NaN.

    Raises:
        ValueError, RecursionError: if it is no JSON.
    """
    return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=Decimal)


def as_floats(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON text whose numbers are all floats; what is too large for one is infinite.

    Raises:
        ValueError, RecursionError: if it is no JSON.
    """
    return json.loads(text, parse_int=float)


@contextmanager
def readable() -> Iterator[None]:
    """Turn whatever an answer of another shape raises into Unavailable."""
    try:
        yield
    except _STRANGE:
        raise Unavailable("Market data came in a form that cannot be read.") from None


def _passes(answer: requests.Response) -> bool:
    return answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR


def _asked_to_wait(answer: requests.Response | None, attempt: int, wall: float) -> float:
    """Return how long to wait: as Retry-After says, until the rate limit is reset, or at random."""
    headers = answer.headers if answer is not None else {}
    asked, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    if asked.isdecimal():
        return int(asked)
    if answer is not None and answer.status_code == _TOO_MANY and reset.isdecimal() and int(reset) > wall:
        return int(reset) - wall
    return random.uniform(0, BACKOFF_SECONDS * 2**attempt)  # noqa: S311 - jitter


def _json_object(answer: requests.Response, read: Callable[[str], Any]) -> Mapping[str, Any]:
    if answer.status_code != _OK:
        refusal = BadRequest if answer.status_code == _BAD_REQUEST else Refused
        raise refusal(f"Market data was refused with status {answer.status_code}.")
    with readable():
        found = read(answer.content.decode())
        if not isinstance(found, dict):
            raise TypeError("not an object")
        return found


def _number(text: str) -> Decimal:
    # A number too long or too large for Python must not cost the answers beside it.
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("NaN")
