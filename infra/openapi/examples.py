"""Examples for the API's description: composed from each model's schema and one table of fields.

The same word means the same thing in every route, so most fields need one example: `fields` in
`api_examples.json`, by the field's name or by `Model.field`. `models` gives whole objects where what is
asked for must make sense as a whole, `enums` the likeliest value of each.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE: Mapping[str, Mapping[str, Any]] = json.loads(Path(__file__).with_name("api_examples.json").read_text())
BY_TYPE: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": False, "object": {}}
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """Composes examples for the schemas of a document."""

    schemas: Mapping[str, Schema]

    def of(self, schema: Schema, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
        """Return an example of a schema; `name` is `Model.field` where it is a field's."""
        if "$ref" in schema:
            return self._model(schema["$ref"].rpartition("/")[2])
        field = name.rpartition(".")[2]
        for known in (name, field):
            if known in TABLE["fields"]:
                return TABLE["fields"][known]
        if "anyOf" in schema:
            return self._one_of(schema["anyOf"])
        if schema.get("type") == "array":
            return [self.of(schema["items"], name)]
        return (schema.get("enum") or [BY_TYPE.get(schema.get("type", ""))])[0]

    def _one_of(self, choices: list[Schema]) -> Any:  # noqa: ANN401 - any JSON value
        return None if {"type": "null"} in choices else self.of(choices[0])

    def _model(self, model: str) -> Any:  # noqa: ANN401 - any JSON value
        if model in TABLE["models"]:
            return TABLE["models"][model]
        schema = self.schemas[model]
        if "enum" in schema:
            return TABLE["enums"].get(model, schema["enum"][0])
        return {field: self.of(part, f"{model}.{field}") for field, part in schema["properties"].items()}
