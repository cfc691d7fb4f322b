"""DriveWealth's JSON: numbers as exact decimals both ways, names, ids and moments in its several forms."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from trading.brokerage.errors import NOT_FOUND
from trading.platform.errors import Refused
from trading.platform.money import to_cents

_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
STRANGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading an answer of another shape raises."""


def encoded(value: object) -> bytes:
    """Return a value as JSON; a Decimal becomes a number with just its own digits."""
    return _text(value).encode()


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)}: {_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value)


def path(*parts: str) -> str:
    """Return a path of the back office; a part that could lead elsewhere names nothing.

    Raises:
        Refused: `not_found`.
    """
    if any(not part.strip(".") for part in parts):
        raise Refused("The broker does not know this.", code=NOT_FOUND)
    return "/back-office/" + "/".join(quote(part, safe="") for part in parts)


def number(value: object) -> Decimal:
    """Return a JSON number exactly as it was written.

    Raises:
        ValueError: if it is none.
    """
    # A float shows the shortest digits that mean it: the ones that were written.
    read = Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(read, Decimal) or not read.is_finite():
        raise ValueError("not a number")
    return read


def cents(value: object) -> int:
    """Return a number of dollars in cents.

    Raises:
        ValueError, ArithmeticError: if it is no number, or too large for money.
    """
    return to_cents(number(value))


def identifier(value: object) -> str:
    """Return an id.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("not an id")
    return value


def optional_text(value: object) -> str | None:
    """Return a text; None where there is none, or an empty one."""
    return value if isinstance(value, str) and value else None


def text_in(value: object, field: str) -> str:
    """Return a text in an object, or an empty text."""
    return (optional_text(value.get(field)) or "") if isinstance(value, Mapping) else ""


def name(value: object) -> str:
    """Return a name that comes by itself or, in most places, in an object as `name`; else an empty text."""
    return optional_text(value) or text_in(value, "name")


def currency(value: object) -> str | None:
    """Return a currency's code, which comes by itself or in an object as `name`; None where none is named."""
    return name(value).strip().upper() or None


def name_and_number(status: object) -> tuple[str, object]:
    """Return a status that is an object of both, or comes as one of them alone; what is missing is empty or None."""
    if isinstance(status, Mapping):
        return text_in(status, "name") or text_in(status, "message"), status.get("id")
    return (status, None) if isinstance(status, str) else ("", status)


def shown(number: object) -> str:
    """Return a status number as text; an empty text where there is none."""
    return str(number) if isinstance(number, int) else ""


def first(raw: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - JSON
    """Return the first field of several that is there and not null; None where there is none."""
    return next((raw[name] for name in names if raw.get(name) is not None), None)


def rows(raw: object) -> list[Any]:
    """Return a list.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(raw, list):
        raise ValueError("not a list")  # noqa: TRY004 - readers of answers expect one kind of error
    return raw


def moment(value: object) -> datetime | None:
    """Return a UTC time that may have nanoseconds, of which Python keeps microseconds; None where it is no time."""
    whole, _, fraction = (optional_text(value) or "").removesuffix("Z").partition(".")
    try:
        read = datetime.fromisoformat(whole).replace(tzinfo=UTC)
        return read + timedelta(microseconds=int((fraction + "000000")[:6]))
    except (ValueError, OverflowError):
        return None
