"""Events as AWS hands them to functions."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


def http_event(
    method: str,
    path: str,
    *,
    claims: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: str | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """Return a request that API Gateway let through, for `claims` if there are any."""
    context: dict[str, Any] = {"requestId": "request-1", "stage": "$default", "http": {"method": method, "path": path}}
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": claims}}
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers or {},
        "requestContext": context,
        "isBase64Encoded": is_base64,
    }
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = body
    return event


def sqs_event(*bodies: object, correlation: str | None = None) -> dict[str, Any]:
    """Return a batch of messages; a string is a body as it is, anything else becomes JSON."""
    return {"Records": [_record(f"message-{number}", body, correlation) for number, body in enumerate(bodies)]}


def batch_of(messages: Iterable[Mapping[str, Any]], queue: str) -> dict[str, Any]:
    """Return messages as they were received from a queue, attributes and all, as a batch."""
    return {"Records": [_received(message, queue) for message in messages]}


def _received(message: Mapping[str, Any], queue: str) -> dict[str, Any]:
    record = _record(message["MessageId"], message["Body"], None)
    attributes = {
        name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return record | {
        "receiptHandle": message["ReceiptHandle"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
    }


def _record(message_id: str, body: object, correlation: str | None) -> dict[str, Any]:
    named = {"correlation_id": {"dataType": "String", "stringValue": correlation}} if correlation else {}
    return {
        "messageId": message_id,
        "receiptHandle": "handle",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": named,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:work",
        "awsRegion": "us-east-1",
    }
