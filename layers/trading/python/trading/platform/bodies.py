"""Request bodies, read strictly: whatever a client sends is either JSON of ours or an invalid request.

The rules are tighter than Python's: decimals stay exact, a key may stand once, NaN is no number,
and no text may hold what a database or another reader would choke on.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trading.platform.errors import FieldProblem, InvalidRequest

JSON_TYPE = "application/json"
DEEPEST = 50
"""How deep a signed body may be nested."""

_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")
"""NUL as JSON writes it, and not a backslash that is followed by the letters."""


def as_json_request(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event whose body is plain text, declared as JSON: nothing behind decodes it or takes it for a form.

    Raises:
        InvalidRequest: if the body is of another type, or no UTF-8 text.
    """
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    read = {**event, "headers": {**headers, "content-type": JSON_TYPE}, "isBase64Encoded": False}
    body = event.get("body")
    if body:
        _refuse_other_types(str(headers.get("content-type") or JSON_TYPE))
        read["body"] = _decoded(body) if event.get("isBase64Encoded") else body
    return read


def read_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read a JSON text strictly.

    Raises:
        json.JSONDecodeError: if the text is no such JSON, whatever else is wrong with it.
    """
    try:
        if _NUL.search(text):
            raise ValueError("a text has a NUL character")  # noqa: TRY301 - one kind of error for whatever is wrong
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique)
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError, ArithmeticError):
        raise json.JSONDecodeError("This is not acceptable JSON.", "", 0) from None
    return value


def raw_bytes(body: str | None) -> bytes:
    """Return the bytes that a signature was made over; what is no text of UTF-8 becomes bytes that nobody signed."""
    return (body or "").encode(errors="replace")


def read_signed(raw: bytes) -> Mapping[str, Any]:
    """Return the object that a partner's signed body holds, read as strictly as any other body.

    Raises:
        InvalidRequest: if it is no such object, lies too deep, or has what a queue or a table cannot take.
    """
    try:
        body = read_json(raw.decode())
    except ValueError:
        raise unverified_webhook() from None
    if not isinstance(body, dict) or _is_deep(body, DEEPEST):
        raise unverified_webhook()
    return body


def unverified_webhook() -> InvalidRequest:
    """Return the error of a webhook that cannot be verified, whatever is wrong with it."""
    return InvalidRequest("The webhook cannot be verified.")


def _is_deep(value: object, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(part, left - 1) for part in inner)


def _refuse_other_types(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise InvalidRequest(problems=(FieldProblem("content-type", f"must be {JSON_TYPE}"),))


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidRequest(problems=(FieldProblem("body", "is not UTF-8 text"),)) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key is named twice")
    return read
