"""One request to DriveWealth over HTTP, tried again only where that cannot act twice.

    what happened                      a read               a write
    no connection, or status 429       tried again          tried again, under the same key
    no answer, 5xx, 408, a redirect    tried again          OutcomeUnknown at once
    an answer that is no JSON          Unavailable          OutcomeUnknown

After the last try the first row is `Unavailable`, for writes too: nothing was done. A request never
takes longer than its caller grants it, and none is begun with less than `least_seconds` left.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from trading.partners.drivewealth import wire
from trading.partners.limits import DRIVEWEALTH, CallLimit
from trading.partners.sessions import partner_session
from trading.platform.deadline import monotonic, pause, require_seconds, seconds_left
from trading.platform.errors import OutcomeUnknown, PartnerError, Unavailable

CONNECT_SECONDS, READ_SECONDS = DRIVEWEALTH.connect_seconds, DRIVEWEALTH.read_seconds
MIN_SECONDS = 3
ATTEMPTS = DRIVEWEALTH.attempts
BACKOFF_SECONDS = 0.25
MAX_DIGITS = 4
_TOO_MANY, _REFUSED, _SERVER_ERROR = 429, 400, 500
_SUCCESSES = range(200, 300)
_TIMED_OUT = frozenset({408, 425})

NOT_REACHED = "The broker cannot be reached at present; please try again later."
ANSWER_LOST = "The broker's answer got lost; what became of the request is being found out."


class Unreadable:
    """What replaces a body that is no JSON."""


UNREADABLE = Unreadable()


@dataclass(frozen=True)
class Call:
    """What is asked. `key` makes a second sending of the same request harmless; every POST has one."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str = field(repr=False)
    body: object = field(default=None, repr=False)
    key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a POST without a key."""
        if self.method == "POST" and not self.key:
            raise ValueError("a POST needs an idempotency key")

    @property
    def only_reads(self) -> bool:
        """Say whether the call changes nothing at the broker."""
        return self.method == "GET"


@dataclass(frozen=True)
class Answer:
    """What came back. Where nothing did, `status` is None, and `was_sent` says whether the request may have left."""

    status: int | None
    body: Any = field(default=None, repr=False)
    was_sent: bool = True
    retry_after: str = ""

    @property
    def did_nothing(self) -> bool:
        """Say whether the broker certainly did not work on the request."""
        return not self.was_sent or self.status == _TOO_MANY

    @property
    def is_lost(self) -> bool:
        """Say whether the answer leaves open what the broker did."""
        if self.status in _SUCCESSES:
            return self.body is UNREADABLE
        return self.status is None or not _REFUSED <= self.status < _SERVER_ERROR or self.status in _TIMED_OUT

    @property
    def is_refusal(self) -> bool:
        """Say whether the broker said no."""
        return self.status is not None and _REFUSED <= self.status < _SERVER_ERROR


@dataclass(frozen=True)
class Transport:
    """Sends requests to `base_url` within `limit`, and keeps its connections."""

    base_url: str
    session: requests.Session = field(default_factory=partner_session)
    sleep: Callable[[float], None] = pause
    monotonic: Callable[[], float] = monotonic
    limit: CallLimit = DRIVEWEALTH
    min_seconds: float = MIN_SECONDS

    def deadline(self) -> float:
        """Return the moment, by `monotonic`, at which a call that begins now must be over."""
        return self.monotonic() + min(self.limit.total_seconds, seconds_left() - self.limit.connect_seconds)

    def send(self, call: Call, headers: Mapping[str, str], abandoned_at: float) -> Answer:
        """Return the broker's answer: a success with its body, or a refusal.

        Raises:
            Unavailable: if the broker certainly did nothing, or if the call only reads.
            OutcomeUnknown: if it may have acted.
        """
        answer = Answer(None, was_sent=False)
        for attempt in range(1, self.limit.attempts + 1):
            if abandoned_at - self.monotonic() < self.min_seconds:
                break
            answer = self._ask(call, headers, abandoned_at - self.monotonic())
            if not _may_go_again(call, answer):
                break
            wait = _asked_to_wait(answer, attempt)
            if attempt == self.limit.attempts or self.monotonic() + wait + self.min_seconds > abandoned_at:
                break
            self.sleep(wait)
        return _judged(call, answer)

    def document(self, url: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON at an address that the broker gave, without our credentials.

        Raises:
            Unavailable: if it cannot be had, or if it does not lie at a place that is safe to ask.
        """
        if not url.startswith(("https://", self.base_url)):
            raise Unavailable(NOT_REACHED)
        require_seconds(DRIVEWEALTH.max_seconds)
        try:
            response = self.session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
        except requests.RequestException:
            raise Unavailable(NOT_REACHED) from None
        body = _body(response)
        if response.status_code not in _SUCCESSES or body is UNREADABLE:
            raise Unavailable(NOT_REACHED)
        return body

    def _ask(self, call: Call, headers: Mapping[str, str], left: float) -> Answer:
        own = {"Accept": "application/json"}
        if call.body is not None:
            own["Content-Type"] = "application/json"
        if call.key is not None:
            own["Idempotency-Key"] = call.key
        try:
            response = self.session.request(
                call.method,
                self.base_url + call.path,
                data=None if call.body is None else wire.encoded(call.body),
                headers={**own, **headers},
                timeout=(min(self.limit.connect_seconds, left), min(self.limit.read_seconds, left)),
                # A redirect would carry the token to wherever it points.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Answer(None, was_sent=_may_have_left(error))
        return Answer(response.status_code, _body(response), retry_after=response.headers.get("Retry-After", ""))


def lost(call: Call) -> PartnerError:
    """Return the error of a call whose answer cannot be had: harmless for a read, open for a write."""
    return Unavailable(NOT_REACHED) if call.only_reads else OutcomeUnknown(ANSWER_LOST)


def _judged(call: Call, answer: Answer) -> Answer:
    if answer.did_nothing:
        raise Unavailable(NOT_REACHED)
    if answer.is_lost:
        raise lost(call)
    return answer


def _may_go_again(call: Call, answer: Answer) -> bool:
    # An unreadable success would come back the same.
    return answer.did_nothing or (call.only_reads and answer.is_lost and answer.status not in _SUCCESSES)


def _asked_to_wait(answer: Answer, attempt: int) -> float:
    asked = answer.retry_after
    if asked.isascii() and asked.isdecimal() and len(asked) <= MAX_DIGITS:
        return int(asked)
    return random.uniform(0, BACKOFF_SECONDS * 2**attempt)  # noqa: S311 - jitter


def _may_have_left(error: requests.RequestException) -> bool:
    """Say whether any of a request may have reached the other side: not where no connection came about."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never_connected = isinstance(reason, NewConnectionError | ConnectTimeoutError)
    return not (never_connected or isinstance(error, requests.ConnectTimeout))


def _body(response: requests.Response) -> Any:  # noqa: ANN401 - JSON
    if not response.content:
        return None
    try:
        return json.loads(response.content, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return UNREADABLE
