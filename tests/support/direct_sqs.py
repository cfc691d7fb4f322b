"""A shorter way in tests to the in-process queues: past signatures, addresses and the wire.

A request is checked as botocore checks it, what listens before or after a call is still called, and nobody shares an
object with a queue. What the queues refuse goes over the wire after all, which words the refusal as AWS does.
"""

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.model import OperationModel
from botocore.validate import ParamValidator
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.core.utils import camelcase_to_underscores
from moto.sqs import models
from moto.sqs.models import Message, SQSBackend
from moto.sqs.responses import SQSResponse

from tests.support.direct_dynamodb import MADE, REGION, copied

MESSAGES = frozenset(("ChangeMessageVisibility", "DeleteMessage", "ReceiveMessage", "SendMessage", "SendMessageBatch"))
METHODS = {operation: camelcase_to_underscores(operation) for operation in MESSAGES}
validator = ParamValidator()


def send_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests about messages reach the in-process queues directly."""
    through = BaseClient._make_api_call

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model
        if service.service_name != "sqs" or operation not in MESSAGES:
            return through(client, operation, arguments)
        model = service.operation_model(operation)
        if validator.validate(arguments, model.input_shape).has_errors():
            return through(client, operation, arguments)
        try:
            return _handled(client, model, arguments)
        except ServiceException:
            return through(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr(models, "camelcase_to_underscores", cache(camelcase_to_underscores))
    monkeypatch.setattr(SQSBackend, "is_message_valid_based_on_retention_period", _is_kept)


def _handled(client: BaseClient, model: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"model": model, "context": {}}
    emit = client.meta.events
    sent = {"headers": {}, "body": json.dumps(arguments).encode()}
    _, instead = emit.emit_until_response(
        f"before-call.sqs.{model.name}", params=sent, request_signer=client._request_signer, **about
    )
    http, parsed = instead or (SimpleNamespace(status_code=200), _answered(model, arguments))
    emit.emit(f"after-call.sqs.{model.name}", http_response=http, parsed=parsed, **about)
    if http.status_code >= 300:
        raise client.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, model.name)
    return parsed


def _answered(model: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
    handler: Any = SQSResponse()
    handler.params, handler.uri_match = copied(arguments), {}
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    result = getattr(handler, METHODS[model.name])().result or {}
    return {**copied(result), "ResponseMetadata": dict(MADE)}


def _is_kept(backend: SQSBackend, name: str, message: Message) -> bool:
    """Return whether a message is younger than its queue keeps messages, without a list of all attributes."""
    kept: Any = backend.get_queue(name)
    return bool(kept.message_retention_period + (message.sent_timestamp or 0) / 1000 > models.unix_time())
