"""Workers as Lambda runs them: with the time of their function, the budget of a message, and true receives.

A message that fails stays on its queue, hidden, until it is offered again, and after five receives it
goes to the dead-letter queue. A batch whose time is over is cut off: all of it comes again.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT_ID
from moto.sqs.models import SQSBackend, sqs_backends

from infra.catalogue import QUEUES, Consumer, Function
from infra.stages import RETRY_SECONDS
from tests.support import rights
from tests.support.calls import handler_of
from trading.platform import aws as aws_clients
from trading.platform.messages import MAX_RECEIVES
from trading.platform.settings import settings

HIDDEN_SECONDS = 40_000
"""Longer than any test: what failed comes again when it is offered again, not by itself."""

REGION = "us-east-1"
Received = dict[str, Any]


@dataclass(frozen=True)
class Invocation:
    """What AWS says to a function about its invocation."""

    function_name: str
    ends_at: float
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))

    @classmethod
    def of(cls, row: Function) -> "Invocation":
        """Return an invocation that begins now."""
        return cls(row.name, time.monotonic() + row.timeout_seconds)

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's timeout."""
        return max(0, int((self.ends_at - time.monotonic()) * 1000))


@dataclass
class Workers:
    """Everybody who works a queue off: what was taken, what failed (once for each time), and whose time was over."""

    failures: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    _hidden: list[tuple[str, str]] = field(default_factory=list)

    def offer_again(self) -> None:
        """Show what failed again."""
        while self._hidden:
            queue, receipt = self._hidden.pop()
            aws_clients.client("sqs").change_message_visibility(
                QueueUrl=url_of(queue), ReceiptHandle=receipt, VisibilityTimeout=0
            )

    def work_off(self, row: Function, *, most: int | None = None) -> int:
        """Have a function take one batch of its queue, `most` messages for its own size; return how many."""
        assert isinstance(row.trigger, Consumer)
        queue = row.trigger.queue
        messages = received(queue, most or row.trigger.batch_size)
        if not messages:
            return 0
        self.taken[queue] += len(messages)
        again = self._invoke(row, row.trigger, messages)
        for message in messages:
            if message["MessageId"] in again:
                self.failures.append(message["Body"])
                self._hidden.append((queue, message["ReceiptHandle"]))
            else:
                forget(queue, message)
        return len(messages)

    def _invoke(self, row: Function, consumer: Consumer, messages: Sequence[Received]) -> set[str]:
        invocation = Invocation.of(row)
        event = {"Records": [_record(consumer.queue, message) for message in messages]}
        with rights.only_granted(row), _budget_of(consumer):
            failed = handler_of(row.name).lambda_handler(event, invocation)["batchItemFailures"]
        if not invocation.get_remaining_time_in_millis():
            self.cut_off.append(row.name)
            return {message["MessageId"] for message in messages}
        return {message["itemIdentifier"] for message in failed}


@contextmanager
def _budget_of(consumer: Consumer) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MESSAGE_BUDGET_SECONDS", str(consumer.budget_seconds))
        environment.setenv("RETRY_SECONDS", ",".join(map(str, RETRY_SECONDS)))
        settings.cache_clear()
        yield
    settings.cache_clear()


def create_queues() -> dict[str, str]:
    """Make every queue of the catalogue with its dead-letter queue; return the variables that name them."""
    backend = _backend()
    made: dict[str, str] = {}
    for queue in QUEUES:
        parked = backend.create_queue(queue.parked)
        policy = {"deadLetterTargetArn": parked.queue_arn, "maxReceiveCount": MAX_RECEIVES}
        worked_off = backend.create_queue(queue.name, RedrivePolicy=json.dumps(policy))
        for name, url in ((queue.name, worked_off.physical_resource_id), (queue.parked, parked.physical_resource_id)):
            made[f"QUEUE_{name.upper().replace('-', '_')}"] = url
    return made


def received(queue: str, most: int = 10) -> list[Received]:
    """Take messages from a queue, which stay hidden until they are forgotten or offered again."""
    if not _has_messages(queue):
        return []
    answer = aws_clients.client("sqs").receive_message(
        QueueUrl=url_of(queue),
        MaxNumberOfMessages=most,
        VisibilityTimeout=HIDDEN_SECONDS,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    messages: list[Received] = answer.get("Messages", [])
    return messages


def forget(queue: str, message: Received) -> None:
    """Take a message off its queue for good."""
    aws_clients.client("sqs").delete_message(QueueUrl=url_of(queue), ReceiptHandle=message["ReceiptHandle"])


def send(queue: str, text: str) -> None:
    """Put a message on a queue."""
    aws_clients.client("sqs").send_message(QueueUrl=url_of(queue), MessageBody=text)


def url_of(queue: str) -> str:
    """Return a queue's URL."""
    return str(_backend().queues[queue].physical_resource_id)


def _has_messages(queue: str) -> bool:
    """Look into the in-process queue: to ask each of many empty ones would be most of a test's time."""
    return bool(_backend().queues[queue].messages)


def _backend() -> SQSBackend:
    return sqs_backends[ACCOUNT_ID][REGION]


def _record(queue: str, message: Received) -> dict[str, Any]:
    attributes = {
        name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "messageAttributes": attributes,
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        "awsRegion": "us-east-1",
    }
