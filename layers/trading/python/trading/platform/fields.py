"""Types of request and reply fields: bounded, strict, and exact where money is concerned."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints, WithJsonSchema

from trading.platform.clock import rfc3339
from trading.platform.money import unsigned_zero
from trading.platform.texts import one_line

LARGEST = Decimal(1_000_000_000)
_LONGEST = 32
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_NUMBER_OR_TEXT = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}]}


class Request(BaseModel):
    """A request's body: no field that is not named, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class Changes(Request):
    """The body of a PATCH or PUT: its schema has no defaults.

    Generated clients send defaults along, and so would change what nobody asked them to.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Reply(BaseModel):
    """An answer's body: it lists its fields, so that a record is never returned as it lies."""

    model_config = ConfigDict(frozen=True)


def decimal_number(raw: Any, *, places: int, least: Decimal, most: Decimal) -> Decimal:  # noqa: ANN401 - it judges
    """Return a JSON number, or a plain decimal string, as an exact number.

    Raises:
        ValueError: if it is neither, has more decimals than `places`, or is out of bounds.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic reports ValueErrors alone
    if isinstance(raw, str) and (len(raw) > _LONGEST or not raw.replace(".", "", 1).isdecimal() or not raw.isascii()):
        raise ValueError("must be a number")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not number.is_finite() or not least <= number <= most:
        raise ValueError(f"must be from {least} to {most}")
    exact = number.quantize(Decimal(1).scaleb(-places))
    if exact != number:
        raise ValueError(f"must have at most {places} decimals")
    return exact


def bounded(places: int, least: str, most: Decimal | str = LARGEST) -> Any:  # noqa: ANN401 - pydantic's own type is Any
    """Return the annotation of a decimal field with a number of places and inclusive bounds."""
    low, high = Decimal(least), Decimal(most)
    return BeforeValidator(lambda raw: decimal_number(raw, places=places, least=low, most=high))


_ANY_NUMBER = WithJsonSchema(_NUMBER_OR_TEXT, mode="validation")

DollarAmount = Annotated[Decimal, bounded(2, "0.01"), _ANY_NUMBER]
"""A positive amount of dollars with at most two decimals."""

DollarBalance = Annotated[Decimal, bounded(2, "0"), _ANY_NUMBER]
"""An amount of dollars that may be zero."""

Price = Annotated[Decimal, bounded(2, "0.01"), _ANY_NUMBER]
"""A positive price with at most two decimals."""

Quantity = Annotated[Decimal, bounded(4, "0.0001"), _ANY_NUMBER]
"""A positive number of shares with at most four decimals."""

SYMBOL_PATTERN = r"^[A-Z][A-Z0-9.\-]{0,11}$"
Symbol = Annotated[str, StringConstraints(pattern=SYMBOL_PATTERN)]
"""A ticker symbol."""


def _yes(raw: Any) -> bool:  # noqa: ANN401 - it judges
    if raw is not True:  # to Python, 1 and 1.0 are equal to it
        raise ValueError("must be true")
    return True


Yes = Annotated[Literal[True], BeforeValidator(_yes)]
"""A field that is true or not given at all."""


def _one_line(raw: Any) -> Any:  # noqa: ANN401 - it judges
    return one_line(raw) if isinstance(raw, str) else raw


OneLine = BeforeValidator(_one_line)
"""The annotation of a text that people type: one line, kept as they mean it; its length is that of what is kept."""


def _day(raw: Any) -> date:  # noqa: ANN401 - it judges
    try:
        if isinstance(raw, str) and _DAY.fullmatch(raw):
            return date.fromisoformat(raw)
    except ValueError:
        pass  # of the right form, but no day of the calendar
    raise ValueError("must be a date such as 2013-02-15")


def _moment(raw: Any) -> datetime:  # noqa: ANN401 - it judges
    try:
        if isinstance(raw, str) and _MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # of the right form, but no moment of the calendar
    raise ValueError("must be a moment such as 2013-02-15T14:30:00Z")


def _time_of_day(raw: Any) -> time:  # noqa: ANN401 - it judges
    if not isinstance(raw, str) or not re.fullmatch(_TIME_OF_DAY, raw):
        raise ValueError("must be a time of day such as 22:00")
    return time.fromisoformat(raw)


Day = Annotated[date, BeforeValidator(_day)]
"""A date, as text and in no other way: a number is none."""

GivenMoment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment that a request names: RFC 3339 with its offset, as text and in no other way."""

TimeOfDay = Annotated[
    time, BeforeValidator(_time_of_day), WithJsonSchema({"type": "string", "pattern": _TIME_OF_DAY}, mode="validation")
]
"""A time of day on some clock on the wall, so without an offset."""


def _json_number(value: Decimal) -> float:
    # JSON has one kind of number. The shortest text of a float is exact to 15 digits, and the
    # largest amount has 13, so no cent is lost on the way out; nothing is computed with it.
    # Adding 0 makes 0 of -0.
    return float(value) + 0.0


Number = Annotated[Decimal, PlainSerializer(_json_number, return_type=float, when_used="json")]
"""A decimal that an answer shows as a JSON number."""

Dollars = Number
"""Dollars with two decimals in an answer, as a JSON number."""


def _fixed(value: Decimal) -> str:
    return str(unsigned_zero(value))


FixedScale = Annotated[Decimal, PlainSerializer(_fixed, return_type=str, when_used="json")]
"""A decimal that an answer shows as a string with its scale, e.g. "0.25"."""

Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A time in an answer: RFC 3339, UTC."""
