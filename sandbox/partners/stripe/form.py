"""Reading what the SDK sends: form-encoded, nested by brackets (`metadata[profile_id]=7`)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.partners.stripe.errors import invalid

MAX_FIELDS = 500
MAX_METADATA, MAX_NAME, MAX_VALUE = 50, 40, 500
MAX_CENTS = 99_999_999
MIN_CENTS = 50
ANYWHERE = frozenset({"expand"})
_PART = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Form:
    """The parameters of a request."""

    fields: Mapping[str, Any]

    @classmethod
    def read(cls, raw: bytes) -> "Form":
        """Return the parameters of a body or a query.

        Raises:
            StripeError: if they cannot be read.
        """
        fields: dict[str, Any] = {}
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except ValueError:
            raise invalid("", "Invalid request: the parameters could not be read") from None
        for name, value in pairs:
            _put(fields, name, value)
        return cls(fields)

    def only(self, names: Collection[str]) -> None:
        """Refuse parameters that the operation does not have, or the simulator does not know."""
        for name in self.fields:
            if name not in names and name not in ANYWHERE:
                raise invalid(name, f"Received unknown parameter: {name}", "parameter_unknown")

    def text(self, name: str) -> str | None:
        """Return a text; an empty one is none."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(name, f"Invalid string: {name}")
        return value or None

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise invalid(name, f"Missing required param: {name}.", "parameter_missing")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; what is not there is not so."""
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise invalid(name, f"Invalid boolean: {value}")
        return value == "true"

    def cents(self, name: str) -> int | None:
        """Return an amount."""
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(MAX_CENTS))):
            raise invalid(name, f"Invalid integer: {value}", "parameter_invalid_integer")
        if int(value) < 1:
            raise invalid(name, "This value must be greater than or equal to 1.", "parameter_invalid_integer")
        return int(value)

    def count(self, name: str, otherwise: int, most: int) -> int:
        """Return how many are wanted."""
        number = self.cents(name) or otherwise
        if number > most:
            raise invalid(name, f"{name} must be at most {most}")
        return number

    def metadata(self) -> dict[str, str]:
        """Return the metadata; a value that is empty is not kept."""
        raw = self.fields.get("metadata") or {}
        if not isinstance(raw, Mapping) or not all(isinstance(value, str) for value in raw.values()):
            raise invalid("metadata", "Invalid hash")
        if len(raw) > MAX_METADATA or any(len(name) > MAX_NAME for name in raw):
            raise invalid("metadata", "Metadata holds at most 50 keys of at most 40 characters")
        if any(len(value) > MAX_VALUE for value in raw.values()):
            raise invalid("metadata", "Metadata values have at most 500 characters")
        return {name: value for name, value in raw.items() if value}

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        raw = self.fields.get(name) or {}
        values = list(raw.values()) if isinstance(raw, Mapping) else [raw]
        return [str(value) for value in values]


def _put(fields: dict[str, Any], name: str, value: str) -> None:
    head, *_ = name.partition("[")
    parts = [head, *_PART.findall(name[len(head) :])]
    at = fields
    for part in parts[:-1]:
        inner = at.setdefault(part, {})
        if not isinstance(inner, dict):
            raise invalid(name, f"Invalid parameter: {name}")
        at = inner
    last = parts[-1] if parts[-1] or len(parts) == 1 else str(len(at))
    at[last] = value
