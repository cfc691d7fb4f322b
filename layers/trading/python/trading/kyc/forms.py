"""Reading what a person fills in, and saying what is still missing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trading.kyc.fields import AGREEMENTS, EMPLOYED, EMPLOYMENT, FIELDS, TAX_ID_VALUE, Value
from trading.kyc.places import fits
from trading.platform.errors import FieldProblem, InvalidRequest

ADULT_YEARS = 18
OLDEST = date(1900, 1, 1)
_DIGITS = re.compile(r"\d{3}-?\d{2}-?\d{4}|\d{2}-?\d{7}")


@dataclass(frozen=True)
class Filled:
    """What a request fills in: values of fields (None clears one), and the tax id, if it is among them."""

    values: Mapping[str, Value]
    tax_id: str | None = None


def read(raw: Mapping[str, Any]) -> Filled:
    """Return the values that a request fills in.

    Raises:
        InvalidRequest: naming every field that is unknown or wrong.
    """
    values: dict[str, Value] = {}
    problems: list[FieldProblem] = []
    tax_id = None
    for name, value in raw.items():
        try:
            if name == TAX_ID_VALUE:
                tax_id = _digits(value)
            else:
                values[name] = _checked(name, value)
        except ValueError as error:
            problems.append(FieldProblem(name[:100], str(error)))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    return Filled(values, tax_id)


def missing(form: Mapping[str, Value], *, has_tax_id: bool, today: date) -> tuple[FieldProblem, ...]:
    """Return every field that keeps a form from being submitted, and why."""
    return tuple(_missing(form, has_tax_id=has_tax_id, today=today))


def wrong_for_type(tax_id: str, tax_id_type: str | None) -> str | None:
    """Return the reason why a tax id is none of its type, or None. Of numbers that are no SSN some are never issued."""
    area, group, serial = tax_id[:3], tax_id[3:5], tax_id[5:]
    never = area in {"000", "666"} or area.startswith("9") or group == "00" or serial == "0000"
    if tax_id_type == "SSN" and never:
        return "is no valid social security number"
    return "is no valid number" if len(set(tax_id)) == 1 and tax_id[0] == "0" else None


def with_defaults(form: Mapping[str, Value]) -> dict[str, Value]:
    """Return a form with the defaults of the fields that nobody filled in."""
    defaults = {name: field.default for name, field in FIELDS.items() if field.default is not None}
    return {**defaults, **{name: value for name, value in form.items() if value is not None}}


def _checked(name: str, value: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
    field = FIELDS.get(name)
    if field is None:
        raise ValueError("is no field of the form")
    return None if value is None else field.check(value)


def _digits(value: Any) -> str:  # noqa: ANN401 - it judges whatever comes
    if not isinstance(value, str) or not value.isascii() or not _DIGITS.fullmatch(value.strip()):
        raise ValueError("must have nine digits")
    return value.strip().replace("-", "")


def _missing(form: Mapping[str, Value], *, has_tax_id: bool, today: date) -> Iterator[FieldProblem]:
    for name, field in FIELDS.items():
        if field.required and form.get(name) is None:
            yield FieldProblem(name, "is required")
        elif name in AGREEMENTS and form[name] is not True:
            yield FieldProblem(name, "must be agreed to")
    if not has_tax_id:
        yield FieldProblem(TAX_ID_VALUE, "is required")
    if form.get("employment_status") in EMPLOYED:
        yield from (FieldProblem(name, "is required") for name in EMPLOYMENT if form.get(name) is None)
    province = form.get("address_province")
    if province is not None and not fits(province, form.get("address_country")):
        yield FieldProblem("address_province", "is none of the country")
    born = form.get("birthdate")
    if isinstance(born, str) and not _is_adult(date.fromisoformat(born), today):
        yield FieldProblem("birthdate", f"must be that of a person of at least {ADULT_YEARS} years")


def _is_adult(born: date, today: date) -> bool:
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return born >= OLDEST and years >= ADULT_YEARS
