"""Ids: random where nobody may guess them, derived where a second try must find the first."""

import secrets
import uuid
from datetime import datetime

PORTFOLIO_ID_LIMIT = 2**53
_HEX_DIGITS, _MOMENT_DIGITS = 32, 12
_NAMESPACE = uuid.UUID("6f0d2b52-6d0e-5d5b-9f0c-7a1f3f9b1c11")


def new_id() -> str:
    """Return a random id."""
    return uuid.uuid4().hex


def new_portfolio_id() -> int:
    """Return a random integer from 1 to 2^53 - 1, so that a JSON number holds it exactly."""
    return 1 + secrets.randbelow(PORTFOLIO_ID_LIMIT - 1)


def ordered_id(moment: datetime) -> str:
    """Return a random id that sorts by its moment: 12 digits are its milliseconds, 20 are random."""
    milliseconds = int(moment.timestamp() * 1000)
    return f"{milliseconds:0{_MOMENT_DIGITS}x}{secrets.token_hex((_HEX_DIGITS - _MOMENT_DIGITS) // 2)}"


def derived_id(*parts: str) -> str:
    """Return the id that the same parts always give (UUID version 5)."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts)).hex


def is_id(text: str) -> bool:
    """Say whether a text has the form of an id of ours; what has not need not be searched for."""
    return len(text) == _HEX_DIGITS and all(digit in "0123456789abcdef" for digit in text)
