"""Writes the API's description: `make openapi`.

Merged from the handlers, corrected where the merge says what the edge does not do: an invalid
request is 400 with a problem document, and every route needs a token. The routes that serve this very
document are left out.
"""

import ast
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import OpenAPIMerge

from infra.catalogue import ROOT, Function, Route, routes

FILE = ROOT / "functions" / "documentation" / "get_openapi" / "openapi.json"
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
ANSWERS = {
    "400": "The request is not valid",
    "401": "Nobody is signed in",
    "404": "Absent, or somebody else's",
    "409": "The state forbids this",
    "422": "The idempotency key was used for another request",
    "500": "Something went wrong",
}
POWERTOOLS_OWN = ("HTTPValidationError", "ValidationError", "ResponseValidationError")


def describe() -> dict[str, Any]:
    """Return the OpenAPI document of every route in the catalogue."""
    merge = OpenAPIMerge(title="Tiller", version="1.0.0", on_conflict="error")
    for row, route in routes():
        if not route.public:
            merge.add_file(row.folder / "handler.py", resolver_name="app")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "error"
        )  # a handler that cannot be loaded is a warning there, and its route would be missing
        document: dict[str, Any] = json.loads(merge.get_openapi_json_schema())
    document.pop("servers", None)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in POWERTOOLS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    document["components"]["securitySchemes"] = {
        "firebase": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    document["paths"] = {_path(path): item for path, item in sorted(document["paths"].items())}
    for row, route in routes():
        operation = document["paths"].get(route.path, {}).get(route.method.lower())
        if operation is not None:
            _correct(operation, row, route)
    return document


def _path(path: str) -> str:
    return path.replace("<", "{").replace(">", "}")


def _correct(operation: dict[str, Any], row: Function, route: Route) -> None:
    operation["operationId"] = row.name
    operation["summary"] = _summary(row)
    operation["tags"] = [row.area]
    operation["responses"].pop("422", None)
    operation["security"] = [{"firebase": []}]
    takes_key = any(each["in"] == "header" for each in operation.get("parameters", ()))
    for status in _statuses(route, takes_key=takes_key):
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"][status] = {"description": ANSWERS[status], "content": content}


def _summary(row: Function) -> str:
    """Return what the handler says of itself behind its trigger."""
    said = ast.get_docstring(ast.parse((row.folder / "handler.py").read_text())) or ""
    sentence = " ".join(said.split("\n\n")[0].split()).partition(": ")[2]
    return sentence[:1].upper() + sentence[1:]


def _statuses(route: Route, *, takes_key: bool) -> list[str]:
    statuses = ["400", "401", "500"]
    statuses += ["404"] if "{" in route.path else []
    statuses += ["409"] if route.method != "GET" else []
    return statuses + (["422"] if takes_key else [])


def text() -> str:
    """Return the document as the file holds it."""
    return json.dumps(describe(), indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the file; return the exit code."""
    Path(FILE).write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
