"""Shorter ways in tests to the in-process DynamoDB: past signatures, addresses and the wire between client and tables.

What a client sends is still checked and written as JSON, and an answer is still read from JSON by the client's
own parser, so nobody shares an object with a table; whatever listens before or after a call is still told.
Only retries are not: who tests them goes over the wire. And the services' descriptions, which each of
the tables' sessions would read anew, are read once.
"""

import base64
import json
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.endpoint import Endpoint
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import Session, get_session
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import HTTPException
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from pynamodb.connection import base

DIRECT = frozenset(
    ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
) | {"CreateTable", "TransactGetItems", "TransactWriteItems"}
REGION = "us-east-1"
over_the_wire = Endpoint.make_request
parser = create_parser("json")


def go_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests about items reach the in-process DynamoDB directly."""

    def make_request(endpoint: Endpoint, model: OperationModel, request: dict[str, Any]) -> Any:
        if model.service_model.service_name == "dynamodb" and model.name in DIRECT:
            return _answer(endpoint, model, json.loads(request["body"], object_hook=_with_bytes))
        return over_the_wire(endpoint, model, request)

    monkeypatch.setattr(Endpoint, "make_request", make_request)
    monkeypatch.setattr(base, "get_session", session)


@cache
def session() -> Session:
    """Return the one session of all tables; each connection makes a client of its own."""
    return get_session()


def go_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests take the long way again, with retries."""
    monkeypatch.setattr(Endpoint, "make_request", over_the_wire)


def _answer(endpoint: Endpoint, model: OperationModel, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    status, text = _handled(model, body)
    answer = {"headers": {}, "status_code": status, "body": text, "context": {"operation_name": model.name}}
    parsed = parser.parse(answer, model.output_shape)
    if status >= 300:
        endpoint._add_modeled_error_fields(answer, parsed, model, parser)
    return SimpleNamespace(status_code=status), parsed


def _handled(model: OperationModel, body: dict[str, Any]) -> tuple[int, bytes]:
    handler: Any = DynamoHandler()
    handler.body = handler.params = body
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    try:
        result = getattr(handler, camelcase_to_underscores(model.name))().result
    except HTTPException as error:
        return int(error.code or 400), str(error.description).encode()
    told = {name: value for name, value in result.items() if value is not None}
    return 200, json.dumps(told, default=_written).encode()


def _written(value: Any) -> str | float:
    """Return a value that JSON has no word for as AWS writes it."""
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()


def _with_bytes(read: dict[str, Any]) -> dict[str, Any]:
    """Return an object of JSON as the tables keep it: bytes as bytes."""
    return {"B": base64.b64decode(read["B"])} if isinstance(read.get("B"), str) and len(read) == 1 else read
