"""The queue edge: batches in, each message on its own, failures reported one by one.

A message that cannot be read, or whose handling fails, goes back to its queue alone and ends in the
dead-letter queue after its last try; its siblings are done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

from trading.platform.aws import client
from trading.platform.errors import Unavailable
from trading.platform.log_privacy import without_exception_texts
from trading.platform.observability import correlate, count, logger
from trading.platform.settings import settings

SEND_AT_ONCE = 10
SEND_ATTEMPTS = 3
CORRELATION = "correlation_id"

M = TypeVar("M", bound=BaseModel)
LambdaHandler = Callable[[dict[str, Any], Any], Mapping[str, Any]]


def queue_worker(message: type[M], prepare: Callable[[], Callable[[M], object]]) -> LambdaHandler:
    """Return the entry point of a function that works a queue off.

    `prepare` is called once per batch and returns what handles one message, so that what a batch
    shares (the time, quotes) is read once.
    """

    def prepare_texts() -> Callable[[str], object]:
        handle = prepare()
        return lambda text: handle(message.model_validate_json(text))

    return text_worker(prepare_texts)


def text_worker(prepare: Callable[[], Callable[[str], object]]) -> LambdaHandler:
    """Return the entry point of a function that takes messages as they are; see `queue_worker`."""

    def lambda_handler(event: dict[str, Any], context: Any) -> Mapping[str, Any]:  # noqa: ANN401 - AWS's own type
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        handle = prepare()

        def one(record: SQSRecord) -> None:
            correlate(_correlation(record))
            try:
                handle(record.body)
            except Exception as error:
                logger.error("message failed", code=getattr(error, "code", "internal"), exception_name=_name(error))
                raise

        answer: Mapping[str, Any] = process_partial_response(event, one, processor, context)
        return answer

    return without_exception_texts(lambda_handler)


def park(queue: str, text: str) -> None:
    """Put what nobody can use into a queue's dead-letter queue, whose alarm tells a person, and count it."""
    send_texts(f"{queue}-dlq", [text])
    count("ParkedMessages", dimensions={"queue": queue})


def send_all(queue: str, messages: Iterable[BaseModel]) -> int:
    """Send messages to a queue, ten at once, with the correlation id of this invocation; return how many.

    Raises:
        Unavailable: if the queue refuses some after several tries; those before were sent.
    """
    return send_texts(queue, (message.model_dump_json() for message in messages))


def send_texts(queue: str, texts: Iterable[str]) -> int:
    """Send texts to a queue as they are; see `send_all`."""
    url = settings().queue_url(queue)
    remaining, sent = iter(texts), 0
    while batch := list(islice(remaining, SEND_AT_ONCE)):
        _send(url, _entries(batch))
        sent += len(batch)
    return sent


def send_some(queue: str, texts: Sequence[str]) -> frozenset[int]:
    """Send at most ten texts as far as the queue takes them; return the places of those that it refused."""
    return frozenset(map(int, _left(settings().queue_url(queue), _entries(texts))))


def _entry(number: str, body: str) -> dict[str, Any]:
    correlation = logger.get_correlation_id() or "none"
    attributes = {CORRELATION: {"DataType": "String", "StringValue": correlation}}
    return {"Id": number, "MessageBody": body, "MessageAttributes": attributes}


def _entries(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [_entry(str(number), text) for number, text in enumerate(texts)]


def _send(url: str, entries: list[dict[str, Any]]) -> None:
    if _left(url, entries):
        raise Unavailable("The queue did not take every message.")


def _left(url: str, entries: list[dict[str, Any]]) -> frozenset[str]:
    """Send entries, those again that are refused; return the ids of what is refused in the end."""
    for _ in range(SEND_ATTEMPTS):
        answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        failed = {failure["Id"] for failure in answer.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in failed]
        if not entries:
            break
    return frozenset(entry["Id"] for entry in entries)


def _correlation(record: SQSRecord) -> str:
    attribute = record.raw_event.get("messageAttributes", {}).get(CORRELATION, {})
    return str(attribute.get("stringValue") or record.message_id)


def _name(error: Exception) -> str:
    return type(error).__name__
