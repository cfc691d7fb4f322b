"""Writes the API's description: `make openapi`.

Merged from the handlers, corrected where the merge says what the edge does not do: an invalid
request is 400 with a problem document, and every route needs a token. Public routes are left out: they
serve this very document, or other machines.
"""

import ast
import json
import warnings
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import OpenAPIMerge

from infra.catalogue import ROOT, Function, Route, routes
from infra.openapi.examples import Examples
from infra.openapi.words import ANSWERS, INTRODUCTION, KEY_EXAMPLE, PARAMETERS, TAGS

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
GATEWAYS_OWN = {
    "type": "object",
    "title": "Message",
    "description": "What the gateway itself answers where no function was asked.",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}
REPLAYED = {
    "description": "There, and `true`, if the request was carried out before: this is its first answer.",
    "schema": {"type": "string", "enum": ["true"]},
}
RETRY_AFTER = {"description": "How many seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
SECOND_ANSWERS = {"reconfigure_collection": ("200", "PlanReply")}
"""Which status, and which of its models, a route answers besides the one that it declares."""

METHODS = ("get", "post", "put", "patch", "delete")
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
    schemas["Problem"], schemas["Message"] = PROBLEM, GATEWAYS_OWN
    document["components"]["securitySchemes"] = {
        "firebase": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A Firebase ID token."}
    }
    document["info"]["description"] = INTRODUCTION
    document["tags"] = [{"name": name, "description": said} for name, said in TAGS.values()]
    document["paths"] = {_path(path): item for path, item in sorted(document["paths"].items())}
    for row, route in routes():
        operation = document["paths"].get(route.path, {}).get(route.method.lower())
        if operation is not None:
            _correct(operation, row, route, schemas=schemas)
    return document


def _in_order(part: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a part of the document with its keys sorted, but methods as people look for them."""
    if isinstance(part, dict):
        keys = sorted(part, key=lambda key: (METHODS.index(key) if key in METHODS else -1, key))
        return {key: _in_order(part[key]) for key in keys}
    return [_in_order(item) for item in part] if isinstance(part, list) else part


def _path(path: str) -> str:
    return path.replace("<", "{").replace(">", "}")


def _correct(operation: dict[str, Any], row: Function, route: Route, *, schemas: dict[str, Any]) -> None:
    summary, description = _said(row)
    operation |= {"operationId": row.name, "summary": summary, "description": description}
    operation["tags"] = [TAGS[row.area][0]]
    operation["security"] = [{"firebase": []}]
    operation["responses"].pop("422", None)
    _part_answers(operation, row)
    examples = Examples(schemas)
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for body in [operation.get("requestBody", {}), *answers]:
        _show(body, examples)
    for parameter in operation.get("parameters", ()):
        parameter["description"] = PARAMETERS.get(parameter["name"], "")
        if parameter["in"] == "header":
            parameter["example"] = KEY_EXAMPLE
    takes_key = any(parameter["in"] == "header" for parameter in operation.get("parameters", ()))
    ids = _ids(operation, schemas)
    if takes_key:
        _describe_key(operation)
    for status in [*_statuses(route, ids=ids, takes_key=takes_key), *_row_statuses(row, route)]:
        operation["responses"][status] = _problem(status)
    if "429" in operation["responses"]:
        operation["responses"]["429"]["headers"] = {"Retry-After": RETRY_AFTER}


def _describe_key(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = {"Idempotency-Replayed": REPLAYED}


def _part_answers(operation: dict[str, Any], row: Function) -> None:
    # A route that may answer two ways says so of one status; the second has its own.
    if row.name not in SECOND_ANSWERS:
        return
    status, model = SECOND_ANSWERS[row.name]
    second = {"$ref": f"#/components/schemas/{model}"}
    first = next(iter(operation["responses"].values()))["content"]["application/json"]
    first["schema"] = next(option for option in first["schema"]["anyOf"] if option != second)
    operation["responses"][status] = {"description": "", "content": {"application/json": {"schema": second}}}


def _show(body: dict[str, Any], examples: Examples) -> None:
    """Give a request's or answer's body an example, and the words of its model."""
    content = body.get("content", {}).get("application/json")
    if content is None or "$ref" not in content["schema"]:
        if "description" in body:
            body["description"] = "Done; there is no body"
        body.pop("content", None)
        return
    content["example"] = examples.of(content["schema"])
    body["description"] = examples.schemas[content["schema"]["$ref"].rpartition("/")[2]]["description"]


def _problem(status: str) -> dict[str, Any]:
    description, code, detail = ANSWERS[status]
    errors = [{"field": "amount_cents", "message": "Field required"}] if status == "400" else []
    example = {"type": "about:blank", "title": description, "status": int(status), "detail": detail, "code": code}
    shown = {**example, "errors": errors, "request_id": "rauhvr14m48Nm8E="}
    content: dict[str, Any] = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
    }
    if status == "401":
        content["application/json"] = {
            "schema": {"$ref": "#/components/schemas/Message"},
            "example": {"message": "Unauthorized"},
        }
    return {"description": description, "content": content}


def _said(row: Function) -> tuple[str, str]:
    """Return what the handler says of itself behind its trigger, and what its route says."""
    module = ast.parse((row.folder / "handler.py").read_text())
    sentence = " ".join((ast.get_docstring(module) or "").split("\n\n")[0].split()).partition(": ")[2]
    route = next(
        statement for statement in module.body if isinstance(statement, ast.FunctionDef) and statement.name == row.name
    )
    return sentence[:1].upper() + sentence[1:].removesuffix("."), ast.get_docstring(route) or ""


def _ids(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    # What names a record, anywhere in the path, by its id in the query or the body: it may be absent, or not yours.
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = schemas.get(body.get("$ref", "").rpartition("/")[2], {})
    parameters = operation.get("parameters", ())
    in_path = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    names = [parameter["name"] for parameter in parameters] + list(model.get("properties", {}))
    return in_path + [name for name in names if name.endswith("_id")]


def _statuses(route: Route, *, ids: list[str], takes_key: bool) -> list[str]:
    statuses = ["400", "401", "500"]
    statuses += ["404"] if ids or route.needs_account else []
    statuses += ["409"] if route.method != "GET" else []
    return statuses + (["422"] if takes_key else [])


def _row_statuses(row: Function, route: Route) -> list[str]:
    handler = (row.folder / "handler.py").read_text()
    is_guarded = route.role is not None or NEEDS_RECENT_SIGN_IN in handler
    is_limited = "rate-limits" in row.tables
    partners = ["502", "503"] if row.partners else []
    return (["403"] if is_guarded else []) + (["429"] if is_limited else []) + partners


def text() -> str:
    """Return the document as the file holds it."""
    return json.dumps(_in_order(describe()), indent=1) + "\n"


def main() -> int:
    """Write the file; return the exit code."""
    Path(FILE).write_text(text())
    return 0
