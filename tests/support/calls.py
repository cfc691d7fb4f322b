"""Calls of handlers as API Gateway makes them."""

import base64
import importlib.util
import json
import sys
import time
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from infra.catalogue import FUNCTIONS, Route


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]


def call(
    name: str,
    *,
    caller: str | None = "ada",
    body: Any = None,
    raw: str | None = None,
    key: str | None = None,
    query: dict[str, str] | None = None,
    claims: dict[str, str] | None = None,
    signed_in_at: int | None = None,
    content_type: str = "application/json",
    **parameters: object,
) -> Answer:
    """Call the function of a route; `raw` sends a body as it is, `parameters` fill the path."""
    row = next(function for function in FUNCTIONS if function.name == name)
    assert isinstance(row.trigger, Route)
    event = _event(row.trigger, parameters, query or {})
    event["headers"]["content-type"] = content_type
    if caller is not None:
        claims = {"sub": caller, "auth_time": str(int(time.time()) if signed_in_at is None else signed_in_at)} | (
            claims or {}
        )
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims}}
    if key is not None:
        event["headers"]["idempotency-key"] = key
    event["body"] = raw if raw is not None else (json.dumps(body) if body is not None else None)
    answer = handler_of(row.name).lambda_handler(event, None)
    text = answer.get("body") or "null"
    is_json = "json" in str(answer["headers"].get("Content-Type", "json"))
    return Answer(answer["statusCode"], json.loads(text) if is_json else text, answer["headers"])


def base64_of(raw: bytes) -> str:
    """Return bytes as API Gateway hands them over."""
    return base64.b64encode(raw).decode()


@cache
def handler_of(name: str) -> ModuleType:
    """Return the module of a function, loaded as Lambda would."""
    row = next(function for function in FUNCTIONS if function.name == name)
    spec = importlib.util.spec_from_file_location(f"handler_of_{row.name}", row.folder / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _event(route: Route, parameters: dict[str, object], query: dict[str, str]) -> dict[str, Any]:
    path = route.path.format(**parameters)
    return {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in query.items()),
        "queryStringParameters": query or None,
        "headers": {},
        "requestContext": {
            "http": {"method": route.method, "path": path},
            "stage": "$default",
            "requestId": "request-1",
        },
        "isBase64Encoded": False,
    }
