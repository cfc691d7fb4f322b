"""Plaid's webhooks: who sent them, and that not a byte was changed.

The header holds a signed token (ES256) with the SHA-256 of the raw body. Its key is fetched by its
id and kept. So is that there is none, and once too many ids were made up no other is asked about
for a while: a flood of forgeries must not become a flood of calls, nor drive out a key that is good.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeGuard

import jwt

from trading.banking.ports import WebhookVerifier
from trading.platform.bodies import read_signed, unverified_webhook
from trading.platform.clock import Clock, SystemClock
from trading.platform.deadline import monotonic
from trading.platform.errors import Refused

HEADER = "plaid-verification"
ALGORITHM = "ES256"
TOLERANCE_SECONDS = 300
KEPT_SECONDS = 300
MAX_KEPT = 100
MAX_HEADER, MAX_KEY_ID = 4096, 100
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError)

Key = Mapping[str, Any]


@dataclass
class PlaidWebhookVerifier:
    """Verifies webhooks by the wall clock.

    `fetch_key` returns a JWK; it raises Refused for an id that Plaid does not know, and Unavailable
    where it cannot be asked.
    """

    fetch_key: Callable[[str], Key]
    wall: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = monotonic
    _known: dict[str, tuple[float, Key]] = field(default_factory=dict)
    _unknown: dict[str, float] = field(default_factory=dict)

    def verify(self, raw: bytes, header: str) -> Mapping[str, Any]:
        """Return the body of a webhook that Plaid sent, as JSON.

        Raises:
            InvalidRequest: if it cannot be verified, whatever is wrong with it.
            Unavailable: if the key cannot be fetched now; Plaid sends the webhook again.
        """
        key = self._key(_key_id(header))
        claims = _claims(header, key)
        now = int(self.wall.now().timestamp())
        digest = hashlib.sha256(raw).hexdigest()
        if _is_expired(key, now) or not _is_recent(claims, now) or not _vouches_for(claims, digest):
            raise unverified_webhook()
        return read_signed(raw)

    def _key(self, key_id: str) -> Key:
        now = self.monotonic()
        fetched_at, key = self._known.get(key_id, (0.0, None))
        if key is not None and now - fetched_at <= KEPT_SECONDS:
            return key
        self._unknown = {unknown: at for unknown, at in self._unknown.items() if now - at <= KEPT_SECONDS}
        is_one_too_many = key is None and len(self._unknown) >= MAX_KEPT
        if key_id in self._unknown or is_one_too_many:
            raise unverified_webhook()
        return self._fetch(key_id, now)

    def _fetch(self, key_id: str, now: float) -> Key:
        try:
            key = self.fetch_key(key_id)
        except Refused:
            self._known.pop(key_id, None)
            self._unknown[key_id] = now
            raise unverified_webhook() from None
        self._known.pop(key_id, None)
        self._known[key_id] = (now, key)
        while len(self._known) > MAX_KEPT:
            del self._known[next(iter(self._known))]
        return key


@cache
def plaid_webhooks() -> WebhookVerifier:
    """Return the process's verifier; it keeps the keys."""
    from trading.partners.plaid.client import plaid  # noqa: PLC0415 - the SDK is not needed to know a forgery

    return PlaidWebhookVerifier(lambda key_id: plaid().webhook_key(key_id))


def _key_id(header: str) -> str:
    if not header or len(header) > MAX_HEADER or not header.isascii():
        raise unverified_webhook()
    try:
        unverified = jwt.get_unverified_header(header)
        key_id = unverified["kid"]
        usable = unverified["alg"] == ALGORITHM and 0 < len(key_id) <= MAX_KEY_ID
        usable = usable and key_id.isascii() and key_id.isprintable()
    except _UNREADABLE:
        raise unverified_webhook() from None
    if not usable:
        raise unverified_webhook()
    return str(key_id)


def _claims(header: str, key: Key) -> Mapping[str, Any]:
    # Our own rules for time follow; only the signature is left to the library.
    options: Any = {"verify_iat": False, "verify_exp": False, "verify_nbf": False, "verify_aud": False}
    try:
        public = jwt.PyJWK.from_dict(dict(key), algorithm=ALGORITHM)
        claims: Mapping[str, Any] = jwt.decode(header, public, algorithms=[ALGORITHM], options=options)
    except _UNREADABLE:
        raise unverified_webhook() from None
    return claims


def _is_expired(key: Key, now: int) -> bool:
    """Say whether a key holds no more; an end that cannot be read has passed."""
    expired_at = key.get("expired_at")
    return expired_at is not None and (not _is_whole(expired_at) or expired_at <= now)


def _is_recent(claims: Mapping[str, Any], now: int) -> bool:
    issued_at = claims.get("iat")
    return _is_whole(issued_at) and abs(now - issued_at) <= TOLERANCE_SECONDS


def _vouches_for(claims: Mapping[str, Any], digest: str) -> bool:
    promised = claims.get("request_body_sha256")
    if not isinstance(promised, str):
        return False
    return hmac.compare_digest(promised.encode(errors="replace"), digest.encode())


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
