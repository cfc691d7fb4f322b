"""Writes the API's description: `make openapi`.

Merged from the handlers, corrected where the merge says what the edge does not do: an invalid
request is 400 with a problem document, and every route needs a token. Public routes are left out: they
serve this very document, or other machines.
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
    "403": "The caller lacks the role, or signed in too long ago",
    "404": "Absent, or somebody else's",
    "409": "The state forbids this",
    "422": "The idempotency key was used for another request",
    "500": "Something went wrong",
    "502": "A partner did not answer as expected",
    "503": "A partner cannot be asked at present",
}
NEEDS_RECENT_SIGN_IN = "RecentlySignedIn"
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
            _correct(operation, row, route, ids=_ids(operation, schemas))
    return document


def _path(path: str) -> str:
    return path.replace("<", "{").replace(">", "}")


def _correct(operation: dict[str, Any], row: Function, route: Route, *, ids: list[str]) -> None:
    operation["operationId"] = row.name
    operation["summary"] = _summary(row)
    operation["tags"] = [row.area]
    operation["responses"].pop("422", None)
    operation["security"] = [{"firebase": []}]
    takes_key = any(each["in"] == "header" for each in operation.get("parameters", ()))
    for status in [*_statuses(route, ids=ids, takes_key=takes_key), *_row_statuses(row, route)]:
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"][status] = {"description": ANSWERS[status], "content": content}


def _summary(row: Function) -> str:
    """Return what the handler says of itself behind its trigger."""
    said = ast.get_docstring(ast.parse((row.folder / "handler.py").read_text())) or ""
    sentence = " ".join(said.split("\n\n")[0].split()).partition(": ")[2]
    return sentence[:1].upper() + sentence[1:]


def _ids(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    # What names a record, in the path, the query or the body: it may be absent, or somebody else's.
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = schemas.get(body.get("$ref", "").rpartition("/")[2], {})
    names = [each["name"] for each in operation.get("parameters", ())] + list(model.get("properties", {}))
    return [name for name in names if name.endswith("_id")]


def _statuses(route: Route, *, ids: list[str], takes_key: bool) -> list[str]:
    statuses = ["400", "401", "500"]
    statuses += ["404"] if ids else []
    statuses += ["409"] if route.method != "GET" else []
    return statuses + (["422"] if takes_key else [])


def _row_statuses(row: Function, route: Route) -> list[str]:
    handler = (row.folder / "handler.py").read_text()
    is_guarded = route.role is not None or NEEDS_RECENT_SIGN_IN in handler
    return (["403"] if is_guarded else []) + (["502", "503"] if row.partners else [])


def text() -> str:
    """Return the document as the file holds it."""
    return json.dumps(describe(), indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the file; return the exit code."""
    Path(FILE).write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
