"""What a function's row grants it, held against every AWS call that it makes.

The emulator checks rights, but an in-process AWS does not, so the tests do: a call that the row does
not grant fails the test that led to it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

from infra.catalogue import Consumer, Function, Schedule

_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "Update": "UpdateItem",
    "ConditionCheck": "ConditionCheckItem",
}
_INVOKING = "Invoke"
_SENDING = frozenset({"SendMessage", "SendMessageBatch"})
USED: dict[str, set[tuple[str, str]]] = {}
"""What each function was seen to do: actions by resource."""


class NotGrantedError(AssertionError):
    """Raised when a function does what its row does not grant."""


@contextmanager
def only_granted(row: Function) -> Iterator[None]:
    """Hold the AWS calls of a block against a function's row."""
    real = BaseClient._make_api_call
    granted = _granted(row)

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        for action, resource in _asked(service, operation, arguments):
            if not any(resource.endswith(name) for name in granted.get(f"{service}:{action}", ())):
                raise NotGrantedError(f"{row.name} may not {service}:{action} on {resource}")
            USED.setdefault(row.name, set()).add((f"{service}:{action}", resource))
        return real(client, operation, arguments)

    BaseClient._make_api_call = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        BaseClient._make_api_call = real  # type: ignore[method-assign]


def _granted(row: Function) -> Mapping[str, set[str]]:
    granted: dict[str, set[str]] = {"ssm:GetParameter": {""}, "secretsmanager:GetSecretValue": set()}
    granted["lambda:InvokeFunction"] = {""} if row.goes_on or row.resumes_runs else set()
    for table, actions in row.tables.items():
        for action in actions:
            granted.setdefault(f"dynamodb:{action}", set()).add(table)
    own = {row.trigger.queue} if isinstance(row.trigger, Consumer) else set()
    queues = {*row.sends_to, *own, *(f"{queue}-dlq" for queue in row.parks_in)}
    for queue in queues:
        granted.setdefault("sqs:SendMessage", set()).add(f"/{queue}")
    granted["sqs:ChangeMessageVisibility"] = {f"/{queue}" for queue in own}
    for key, actions in row.keys.items():
        for action in actions:
            granted.setdefault(f"kms:{action}", set()).add(key)
    for action in row.documents | row.models | row.results:
        granted.setdefault(f"s3:{action}", set()).add("")
    granted["secretsmanager:GetSecretValue"] = {*row.partners, "cursor-key"}
    if isinstance(row.trigger, Schedule | Consumer):
        granted.setdefault("sqs:SendMessage", set())
    return granted


def _asked(service: str, operation: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for item in arguments["TransactItems"]:
            ((name, request),) = item.items()
            yield _IN_TRANSACTIONS[name], request["TableName"]
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        yield from ((operation, table) for table in arguments["RequestItems"])
    else:
        action = {_INVOKING: "InvokeFunction"}.get(operation, operation)
        action = "SendMessage" if action in _SENDING else action
        resource = str(arguments.get(_RESOURCES.get(service, ""), service))
        yield action, ALIASES.get(resource, resource)


_RESOURCES = {
    "dynamodb": "TableName",
    "sqs": "QueueUrl",
    "kms": "KeyId",
    "secretsmanager": "SecretId",
    "s3": "Bucket",
    "ssm": "Name",
}
"""The argument that names what a call is about."""

ALIASES: dict[str, str] = {}
"""The catalogue's names of keys, by their ARNs."""
