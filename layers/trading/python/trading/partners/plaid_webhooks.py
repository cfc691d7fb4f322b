"""Plaid's webhooks: who sent them, and that not a byte was changed.

The header holds a signed token (ES256) with the SHA-256 of the raw body. Its key is fetched by its
id and kept; so is that there is none, or else a flood of made-up ids would become a flood of calls.
"""

import hashlib
import hmac
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt

from trading.platform.clock import Clock, SystemClock
from trading.platform.errors import InvalidRequest, Refused

HEADER = "plaid-verification"
ALGORITHM = "ES256"
TOLERANCE_SECONDS = 300
KEPT_SECONDS = 300
MOST_KEPT = 100
LONGEST_HEADER, LONGEST_KEY_ID = 4096, 100


@dataclass
class WebhookVerifier:
    """Verifies webhooks. `fetch_key` returns a JWK and raises Refused for an id that Plaid does not know."""

    fetch_key: Callable[[str], Mapping[str, Any]]
    wall: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = time.monotonic
    _kept: "OrderedDict[str, tuple[float, Mapping[str, Any] | None]]" = field(default_factory=OrderedDict)

    def verify(self, raw: bytes, header: str) -> Mapping[str, Any]:
        """Return the body of a webhook that Plaid sent, as JSON.

        Raises:
            InvalidRequest: if it cannot be verified, whatever is wrong with it.
            Unavailable: if the key cannot be fetched now; Plaid sends the webhook again.
        """
        key = self._key(_key_id(header))
        claims = _claims(header, key)
        issued_at = claims.get("iat")
        now = self.wall.now().timestamp()
        if isinstance(issued_at, bool) or not isinstance(issued_at, int) or abs(now - issued_at) > TOLERANCE_SECONDS:
            raise _refused()
        expired_at = key.get("expired_at")
        if isinstance(expired_at, int) and expired_at <= now:
            raise _refused()
        promised = claims.get("request_body_sha256")
        digest = hashlib.sha256(raw).hexdigest()
        if not isinstance(promised, str) or not hmac.compare_digest(promised.encode(errors="replace"), digest.encode()):
            raise _refused()
        return _body(raw)

    def _key(self, key_id: str) -> Mapping[str, Any]:
        kept = self._kept.get(key_id)
        if kept is None or self.monotonic() - kept[0] > KEPT_SECONDS:
            kept = (self.monotonic(), self._fetched(key_id))
            self._kept[key_id] = kept
            self._kept.move_to_end(key_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if kept[1] is None:
            raise _refused()
        return kept[1]

    def _fetched(self, key_id: str) -> Mapping[str, Any] | None:
        try:
            return self.fetch_key(key_id)
        except Refused:
            return None


@cache
def webhook_verifier() -> WebhookVerifier:
    """Return the process's verifier; it keeps the keys."""
    from trading.partners.plaid import plaid  # noqa: PLC0415 - the SDK is not needed to know a forgery

    return WebhookVerifier(lambda key_id: plaid().webhook_key(key_id))


def _key_id(header: str) -> str:
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        raise _refused()
    try:
        told = jwt.get_unverified_header(header)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _refused() from None
    key_id = told.get("kid")
    if told.get("alg") != ALGORITHM or not isinstance(key_id, str) or not 0 < len(key_id) <= LONGEST_KEY_ID:
        raise _refused()
    return key_id


def _claims(header: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        public = jwt.PyJWK.from_dict(dict(key), algorithm=ALGORITHM)
        options: Any = {"verify_iat": False, "verify_exp": False, "verify_nbf": False, "verify_aud": False}
        claims: Mapping[str, Any] = jwt.decode(header, public, algorithms=[ALGORITHM], options=options)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
        raise _refused() from None
    return claims


def _body(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise _refused() from None
    if not isinstance(body, dict):
        raise _refused()
    return body


def _refused() -> InvalidRequest:
    return InvalidRequest("The webhook cannot be verified.")
