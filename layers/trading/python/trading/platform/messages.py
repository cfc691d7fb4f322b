"""What travels with a message besides its body, and the sending of messages.

A message that is sent anew keeps the correlation id and the moment of its first sending, and counts
how often it was deferred; for all else it is a new message, with no receives.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Self

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import ClientError

from trading.platform.aws import client
from trading.platform.clock import SystemClock
from trading.platform.errors import QueueUnavailable
from trading.platform.settings import settings

SEND_AT_ONCE = 10
MAX_RECEIVES = 5
"""So often a message is received; one that then fails goes to the dead-letter queue."""
SEND_ATTEMPTS = 3
CORRELATION, FIRST_SENT, DEFERRALS = "correlation_id", "first_sent_at", "deferrals"


@dataclass(frozen=True)
class Message:
    """A message of a queue. `queue` is None where the function may not send to it; `first_sent_at` counts in ms."""

    message_id: str
    queue: str | None
    body: str = field(repr=False)
    correlation_id: str
    first_sent_at: int
    deferrals: int = 0
    receives: int = 1
    receipt_handle: str = field(default="", repr=False)

    @classmethod
    def of(cls, record: SQSRecord) -> Self:
        """Return the message that a record of a batch holds."""
        raw = record.raw_event
        attributes, system = raw.get("messageAttributes") or {}, raw.get("attributes") or {}
        return cls(
            message_id=record.message_id,
            queue=_queue_of(str(raw.get("eventSourceARN", ""))),
            body=record.body,
            correlation_id=_text(attributes, CORRELATION) or record.message_id,
            first_sent_at=_number(
                _text(attributes, FIRST_SENT) or system.get("SentTimestamp"),
                int(SystemClock().now().timestamp()) * 1000,
            ),
            deferrals=_number(_text(attributes, DEFERRALS), 0),
            receives=_number(system.get("ApproximateReceiveCount"), 1),
            receipt_handle=str(raw.get("receiptHandle", "")),
        )

    def deferred(self) -> Self:
        """Return the message as it is after another deferral."""
        return replace(self, deferrals=self.deferrals + 1)

    def attributes(self) -> Mapping[str, str]:
        """Return what travels with the message."""
        return {
            CORRELATION: self.correlation_id,
            FIRST_SENT: str(self.first_sent_at),
            DEFERRALS: str(self.deferrals),
        }


def send_bodies(queue: str, bodies: Iterable[str], attributes: Mapping[str, str]) -> int:
    """Send new messages to a queue, ten at once, all with the same attributes; return how many.

    Raises:
        QueueUnavailable: if the queue refuses some after several tries; those before were sent.
    """
    return _send_all(queue, ((body, attributes) for body in bodies))


def send_anew(queue: str, messages: Iterable[Message]) -> int:
    """Send messages to a queue once more, each with what travels with it; return how many.

    Raises:
        QueueUnavailable: if the queue refuses some after several tries; those before were sent.
    """
    return _send_all(queue, ((message.body, message.attributes()) for message in messages))


def hide(message: Message, seconds: int) -> None:
    """Have a message that failed come again after so many seconds; where that fails, it comes when its queue says."""
    if message.queue is None:
        return
    url = settings().queue_url(message.queue)
    with suppress(ClientError):
        client("sqs").change_message_visibility(
            QueueUrl=url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=seconds
        )


def send_some_bodies(queue: str, bodies: Iterable[str], attributes: Mapping[str, str]) -> frozenset[int]:
    """Send at most ten new messages as far as the queue takes them; return the places of those that it refused."""
    entries = [_entry(str(number), body, attributes) for number, body in enumerate(bodies)]
    return frozenset(map(int, _left(settings().queue_url(queue), entries)))


def _send_all(queue: str, contents: Iterable[tuple[str, Mapping[str, str]]]) -> int:
    url = settings().queue_url(queue)
    remaining, sent = iter(contents), 0
    while batch := list(islice(remaining, SEND_AT_ONCE)):
        entries = [_entry(str(number), body, attributes) for number, (body, attributes) in enumerate(batch)]
        if _left(url, entries):
            raise QueueUnavailable("The queue did not take every message.")
        sent += len(batch)
    return sent


def _entry(number: str, body: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"Id": number, "MessageBody": body, "MessageAttributes": values}


def _left(url: str, entries: list[dict[str, Any]]) -> frozenset[str]:
    """Send entries, those again that are refused; return the ids of what is refused in the end."""
    for _ in range(SEND_ATTEMPTS):
        answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        failed = {failure["Id"] for failure in answer.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in failed]
        if not entries:
            break
    return frozenset(entry["Id"] for entry in entries)


def _queue_of(arn: str) -> str | None:
    name = arn.rpartition(":")[2]
    queues = settings().queues.items()
    return next((key.lower().replace("_", "-") for key, url in queues if url.rpartition("/")[2] == name), None)


def _text(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name, {}).get("stringValue")
    return str(value) if value else None


def _number(text: object, otherwise: int) -> int:
    return int(str(text)) if str(text).isdecimal() else otherwise
