"""Writes `docs/schemas/events.json`: the JSON schema of every event, by its name.

A schema takes fields that it does not name: they may come later.
"""

import json
from collections.abc import Mapping
from typing import Any

from infra.catalogue import ROOT
from trading.events import EVENTS
from trading.platform.domain_events import DomainEvent

FILE = ROOT / "docs" / "schemas" / "events.json"


def schema_of(record: type[DomainEvent]) -> dict[str, Any]:
    """Return the schema of an event as it travels: the envelope with its payload."""
    whole = record.model_json_schema(mode="serialization")
    payload = _inlined(whole, whole.pop("$defs", {}))
    del payload["additionalProperties"]
    return {
        "title": record.name,
        "description": payload.pop("description"),
        "type": "object",
        "required": ["id", "type", "payload"],
        "properties": {"id": {"type": "string"}, "type": {"const": record.name}, "payload": payload},
    }


def text() -> str:
    """Return the schemas as the file holds them."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {name: schema_of(EVENTS[name]) for name in sorted(EVENTS)},
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in sorted(EVENTS)],
    }
    return json.dumps(document, indent=2) + "\n"


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a part of a schema with definitions in their places: each event's schema can be used alone."""
    if isinstance(part, list):
        return [_inlined(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(definitions[part["$ref"].removeprefix("#/$defs/")], definitions)
    return {name: _inlined(value, definitions) for name, value in part.items()}
