"""The queue edge: batches in, each message on its own.

    what happens to a message                          what becomes of it
    it is done                                         it is acknowledged
    too little time is left to begin it                it is sent anew and acknowledged
    a partner is away                                  it is deferred and acknowledged
    it cannot be read, or its handling fails           it goes back to its queue alone

So a message's receives count its own failures alone, and only poison ends in the dead-letter queue
after its last try; its siblings are done. A message that was sent anew, or deferred, may come twice.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

from trading.platform import deferrals
from trading.platform.clock import current_clock
from trading.platform.deadline import LAST_WORK_SECONDS, lambda_seconds, time_limit
from trading.platform.domain_events import DomainEvent, Received, read_event
from trading.platform.errors import OutcomeUnknown, QueueUnavailable, Unavailable
from trading.platform.log_privacy import without_exception_texts
from trading.platform.messages import CORRELATION, MAX_RECEIVES, Message, hide, send_anew, send_bodies, send_some_bodies
from trading.platform.observability import correlate, count, logger
from trading.platform.settings import settings

DEAD_LETTERS = "DeadLetters"
"""Counts each message that goes to a dead-letter queue, so that its alarm goes off for the next one, too."""

M = TypeVar("M", bound=BaseModel)
E = TypeVar("E", bound=DomainEvent)
LambdaHandler = Callable[[dict[str, Any], Any], Mapping[str, Any]]


def queue_worker(message: type[M], prepare: Callable[[], Callable[[M], object]]) -> LambdaHandler:
    """Return the entry point of a function that works a queue off.

    `prepare` is called once per batch, with its first message, and returns what handles one message, so
    that what a batch shares (the time, quotes) is read once.
    """

    def prepare_texts() -> Callable[[str], object]:
        handle = prepare()
        return lambda text: handle(message.model_validate_json(text))

    return text_worker(prepare_texts)


def event_worker(prepare: Callable[[], Callable[[Received[E]], object]], *records: type[E]) -> LambdaHandler:
    """Return the entry point of a function that follows events: those of these records; see `queue_worker`."""
    by_name = {record.name: record for record in records}

    def prepare_texts() -> Callable[[str], object]:
        follow = prepare()
        return lambda text: follow(read_event(text, by_name))

    return text_worker(prepare_texts)


def text_worker(prepare: Callable[[], Callable[[str], object]]) -> LambdaHandler:
    """Return the entry point of a function that takes messages as they are; see `queue_worker`."""

    def lambda_handler(event: dict[str, Any], context: Any) -> Mapping[str, Any]:  # noqa: ANN401 - AWS's own type
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        batch = _Batch(prepare, context)
        answer: Mapping[str, Any] = process_partial_response(event, batch.take, processor, context)
        return answer

    return without_exception_texts(lambda_handler)


def park(queue: str, text: str) -> None:
    """Put what nobody can use into a queue's dead-letter queue, whose alarm calls a person, and count it."""
    send_texts(f"{queue}-dlq", [text])
    count("ParkedMessages", dimensions={"queue": queue})
    count(DEAD_LETTERS)


def send_all(queue: str, messages: Iterable[BaseModel]) -> int:
    """Send messages to a queue, ten at once, with the correlation id of this invocation; return how many.

    Raises:
        QueueUnavailable: if the queue refuses some after several tries; those before were sent.
    """
    return send_texts(queue, (message.model_dump_json() for message in messages))


def send_texts(queue: str, texts: Iterable[str]) -> int:
    """Send texts to a queue as they are; see `send_all`."""
    return send_bodies(queue, texts, _own_attributes())


def send_some(queue: str, texts: Sequence[str]) -> frozenset[int]:
    """Send at most ten texts as far as the queue takes them; return the places of those that it refused."""
    return send_some_bodies(queue, texts, _own_attributes())


def _own_attributes() -> Mapping[str, str]:
    return {CORRELATION: logger.get_correlation_id() or "none"}


class _Batch:
    """What one invocation does with each message of its batch; what the batch shares is prepared with the first."""

    def __init__(self, prepare: Callable[[], Callable[[str], object]], context: Any) -> None:  # noqa: ANN401 - AWS's own
        self._prepared = cache(prepare)
        self._context = context

    def take(self, record: SQSRecord) -> None:
        message, budget = Message.of(record), settings().message_budget_seconds
        correlate(message.correlation_id)
        if budget is not None and lambda_seconds(self._context) < budget:
            _hand_over(message)
            return
        try:
            with time_limit(math.inf if budget is None else budget - LAST_WORK_SECONDS):
                self._prepared()(message.body)
        except Exception as error:
            if message.queue is not None and _is_partner_away(error):
                _defer(message, error)
                return
            logger.error("message failed", code=getattr(error, "code", "internal"), exception_name=_name(error))
            _retry(message)
            raise


def _hand_over(message: Message) -> None:
    """Leave a message to another invocation: sent anew where that is allowed, else handed back."""
    if message.queue is None:
        raise TimeoutError("There is no time left for this message.")
    send_anew(message.queue, [message])
    count("MessagesSentAnew", dimensions={"queue": message.queue})


def _is_partner_away(error: Exception) -> bool:
    """Say whether a message failed at a partner, who may be back later, and not at itself or at us."""
    return isinstance(error, Unavailable | OutcomeUnknown) and not isinstance(error, QueueUnavailable)


def _defer(message: Message, error: Exception) -> None:
    """Write a message down until its partner may be back: that is no failure of the message."""
    logger.warning("message deferred", code=getattr(error, "code", "internal"), queue=message.queue)
    asked_seconds = getattr(error, "retry_after_seconds", None) or 0
    deferrals.defer(message, current_clock().now(), asked_seconds=asked_seconds)
    count("MessagesDeferred", dimensions={"queue": str(message.queue)})


def _retry(message: Message) -> None:
    """Have a message that failed come again, later each time, and not only when its queue takes its worker for dead.

    After its last receive it does not: it is a dead letter.
    """
    if message.receives >= MAX_RECEIVES:
        count(DEAD_LETTERS)
    waits = settings().retry_seconds
    if waits:
        hide(message, waits[min(message.receives, len(waits)) - 1])


def _name(error: Exception) -> str:
    return type(error).__name__
