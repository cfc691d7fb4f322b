"""Shorter ways in tests to the in-process DynamoDB: past signatures, addresses and the wire between client and tables.

The records' clients, which check nothing themselves, hand over a copy of what they send and get a copy of the answer,
so nobody shares an object with a table. What another client sends is checked and written as JSON, and its answer,
like every error, is read from JSON by the client's own parser. Whatever listens before or after a call is still
called. Only retries are not: who tests them goes over the wire. And the services' descriptions, which each of the
tables' sessions would read anew, are read once.
"""

import base64
import json
import marshal
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import Session, get_session
from botocore.useragent import UserAgentString
from botocore.validate import ParamValidationDecorator
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import HTTPException
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from moto.ssm.models import ssm_backends
from pynamodb.connection import base

DIRECT = frozenset(
    ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
) | {"CreateTable", "TransactGetItems", "TransactWriteItems"}
REGION = "us-east-1"
MADE: Mapping[str, Any] = {"HTTPStatusCode": 200, "HTTPHeaders": {}}
over_the_wire = Endpoint.make_request
whole_call = vars(BaseClient)["_make_api_call"]
parser = create_parser("json")
METHODS = {operation: camelcase_to_underscores(operation) for operation in DIRECT}


def go_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests about items reach the in-process DynamoDB directly."""

    def make_request(endpoint: Endpoint, model: OperationModel, request: dict[str, Any]) -> Any:
        if model.service_model.service_name == "dynamodb" and model.name in DIRECT:
            return _answer(endpoint, model, json.loads(request["body"], object_hook=_with_bytes))
        if model.service_model.service_name == "ssm" and model.name == "GetParameter":
            name = json.loads(request["body"])["Name"]
            return _parameter(name) or over_the_wire(endpoint, model, request)
        return over_the_wire(endpoint, model, request)

    monkeypatch.setattr(Endpoint, "make_request", make_request)
    monkeypatch.setattr(UserAgentString, "to_string", lambda _: "tests")  # puts two dozen texts together at each call
    monkeypatch.setattr(BaseClient, "_make_api_call", _call)
    monkeypatch.setattr(base, "get_session", session)


@cache
def session() -> Session:
    """Return the one session of all tables; each connection makes a client of its own."""
    return get_session()


def go_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests take the long way again, with retries."""
    monkeypatch.setattr(Endpoint, "make_request", over_the_wire)
    monkeypatch.setattr(BaseClient, "_make_api_call", whole_call)


def _call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
    """Make a call of the records' clients without what botocore does on its way to the wire and back."""
    is_checked = isinstance(client._serializer, ParamValidationDecorator)
    if is_checked or operation not in DIRECT or client.meta.service_model.service_name != "dynamodb":
        return whole_call(client, operation, arguments)
    model = client.meta.service_model.operation_model(operation)
    unknown = arguments.keys() - model.input_shape.members.keys()
    assert not unknown, f"{operation} has no {unknown}"
    about: dict[str, Any] = {"model": model, "context": {}}
    emit = client.meta.events
    sent = {"headers": {}, "body": arguments}
    _, instead = emit.emit_until_response(
        f"before-call.dynamodb.{operation}", params=sent, request_signer=client._request_signer, **about
    )
    http, parsed = instead or _answer(client._endpoint, model, copied(arguments))
    emit.emit(f"after-call.dynamodb.{operation}", http_response=http, parsed=parsed, **about)
    if http.status_code >= 300:
        raise client.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation)
    return parsed


def put_parameter(name: str, value: str) -> None:
    """Set a parameter, as nobody under test does: a world's time, at each moment at which something happens."""
    more = dict.fromkeys(("allowed_pattern", "keyid", "tier", "policies"))
    ssm_backends[DEFAULT_ACCOUNT_ID][REGION].put_parameter(
        name, "", value, "String", overwrite=True, tags=[], data_type="text", **more
    )


def _parameter(name: str) -> tuple[Any, dict[str, Any]] | None:
    """Return the answer about a parameter that is there: each invocation asks for the time."""
    found = ssm_backends[DEFAULT_ACCOUNT_ID][REGION].get_parameter(name)
    if found is None:
        return None
    about = {"Name": name, "Type": found.parameter_type, "Value": found.value, "Version": found.version}
    return SimpleNamespace(status_code=200), {"Parameter": about, "ResponseMetadata": dict(MADE)}


def _answer(endpoint: Endpoint, model: OperationModel, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    try:
        result = _handled(model, body)
    except HTTPException as error:
        return _refusal(endpoint, model, error)
    members = model.output_shape.members
    parsed = copied({name: value for name, value in result.items() if value is not None and name in members})
    parsed["ResponseMetadata"] = dict(MADE)
    return SimpleNamespace(status_code=200), parsed


def _refusal(endpoint: Endpoint, model: OperationModel, error: HTTPException) -> tuple[Any, dict[str, Any]]:
    status, text = int(error.code or 400), str(error.description).encode()
    answer = {"headers": {}, "status_code": status, "body": text, "context": {"operation_name": model.name}}
    parsed = parser.parse(answer, model.output_shape)
    endpoint._add_modeled_error_fields(answer, parsed, model, parser)
    return SimpleNamespace(status_code=status), parsed


def _handled(model: OperationModel, body: dict[str, Any]) -> Mapping[str, Any]:
    handler: Any = DynamoHandler()
    handler.body = handler.params = body
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    result: Mapping[str, Any] = getattr(handler, METHODS[model.name])().result
    return result


def copied(value: dict[str, Any]) -> dict[str, Any]:
    """Return a copy without an object in common; what is neither text, bytes nor number becomes as JSON writes it."""
    try:
        made = marshal.loads(marshal.dumps(value, 2))  # noqa: S302 - written in the same line
    except ValueError:
        made = json.loads(json.dumps(value, default=_written), object_hook=_with_bytes)
    typed: dict[str, Any] = made
    return typed


def _written(value: Any) -> str | float:
    """Return a value that JSON has no word for as AWS writes it."""
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()


def _with_bytes(read: dict[str, Any]) -> dict[str, Any]:
    """Return an object of JSON as the tables keep it: bytes as bytes."""
    return {"B": base64.b64decode(read["B"])} if isinstance(read.get("B"), str) and len(read) == 1 else read
