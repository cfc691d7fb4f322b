"""Records as JSON text: how frozen dataclasses lie in the `document` attribute of their rows."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def dump(value: object) -> str:
    """Return a frozen record as JSON text."""
    return _adapter(type(value)).dump_json(value).decode()  # type: ignore[arg-type]


def load(kind: type[T], text: str) -> T:
    """Read a record from JSON text."""
    read: T = _adapter(kind).validate_json(text)  # type: ignore[arg-type]
    return read


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any record class
    return TypeAdapter(kind)
