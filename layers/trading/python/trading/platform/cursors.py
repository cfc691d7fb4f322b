"""Cursors: where the next page starts, opaque and tamper-proof, good for one caller and one list only."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets

from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.secrets import secret_words
from trading.platform.settings import settings

FIELD = "key"
_TAG_BYTES = 16
_UNSHARED_KEY = secrets.token_hex(32)


def encode(caller: str, scope: str, position: str | int) -> str:
    """Return the cursor of a position in a caller's list; `scope` names the list with its filters."""
    body = json.dumps(position).encode()
    return _text(_tag(_keys()[0], caller, scope, body) + body)


def decode(caller: str, scope: str, cursor: str | None) -> str | int | None:
    """Return the position that a cursor holds; without a cursor, None.

    Raises:
        InvalidRequest: if the cursor was not made for this caller and list.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise _wrong() from None
    tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    # Base64 has several texts for the same bytes, so the text itself must be the one that was given out.
    is_ours = any(hmac.compare_digest(tag, _tag(key, caller, scope, body)) for key in _keys())
    if not is_ours or cursor != _text(raw):
        raise _wrong()
    position: str | int = json.loads(body)
    return position


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _keys() -> list[str]:
    """Return the keys whose cursors are taken, the one to sign with first."""
    name = settings().cursor_secret
    return secret_words(name, FIELD) if name else [_UNSHARED_KEY]


def _tag(key: str, caller: str, scope: str, body: bytes) -> bytes:
    message = json.dumps([caller, scope]).encode() + body
    return hmac.new(key.encode(), message, hashlib.sha256).digest()[:_TAG_BYTES]


def _wrong() -> InvalidRequest:
    return InvalidRequest(problems=(FieldProblem("cursor", "This cursor belongs to another list."),))
