import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from pydantic import BaseModel, ConfigDict

from tests.unit.platform.conftest import Environment
from tests.unit.platform.events import sqs_event
from trading.platform.aws import client
from trading.platform.errors import Conflict, Unavailable
from trading.platform.observability import correlate, logger
from trading.platform.queue import queue_worker, send_all


class Work(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int


@dataclass
class Worker:
    """Handles work; fails on the numbers that it is told."""

    failing: frozenset[int] = frozenset()
    prepared: int = 0
    done: list[int] = field(default_factory=list)
    correlations: list[str | None] = field(default_factory=list)

    def prepare(self) -> Callable[[Work], object]:
        self.prepared += 1
        return self.handle

    def handle(self, work: Work) -> None:
        if work.number in self.failing:
            raise Conflict("canary-7351", code="trading_paused")
        self.done.append(work.number)
        self.correlations.append(logger.get_correlation_id())


@pytest.fixture
def queue_url(aws: None, environment: Environment) -> str:
    del aws
    url = str(boto3.client("sqs").create_queue(QueueName="work")["QueueUrl"])
    environment(QUEUE_SOME_WORK=url)
    return url


def received(url: str) -> Iterator[dict[str, Any]]:
    while (
        found := client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        yield from found


def failed(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_what_a_batch_shares_is_prepared_once() -> None:
    worker = Worker()

    answer = queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, {"number": 2}), None)

    assert (worker.prepared, worker.done, failed(answer)) == (1, [1, 2], [])


@pytest.mark.parametrize("poison", ["", "{", "null", "[]", {"number": "2"}, {"number": 2, "x": 1}, "[" * 50_000])
def test_a_message_that_cannot_be_read_fails_alone(poison: object) -> None:
    worker = Worker()

    answer = queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, poison, {"number": 3}), None)

    assert (worker.done, failed(answer)) == ([1, 3], ["message-1"])


def test_a_message_whose_handling_fails_fails_alone() -> None:
    worker = Worker(failing=frozenset({2}))

    answer = queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, {"number": 2}, {"number": 3}), None)

    assert (worker.done, failed(answer)) == ([1, 3], ["message-1"])


def test_a_batch_that_fails_as_a_whole_is_reported_message_by_message() -> None:
    worker = Worker(failing=frozenset({1, 2}))

    answer = queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, {"number": 2}), None)

    assert failed(answer) == ["message-0", "message-1"]


def test_neither_a_body_nor_an_errors_text_is_logged(log_lines: io.StringIO) -> None:
    worker = Worker(failing=frozenset({1}))

    queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, {"canary-9913": 1}), None)

    assert len(log_lines.getvalue().splitlines()) == 2
    assert "canary" not in log_lines.getvalue()


def test_a_message_brings_its_correlation_id() -> None:
    worker = Worker()

    queue_worker(Work, worker.prepare)(sqs_event({"number": 1}, correlation="run-1"), None)
    queue_worker(Work, worker.prepare)(sqs_event({"number": 2}), None)

    assert worker.correlations == ["run-1", "message-0"]


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_message_is_sent_with_the_correlation_id(queue_url: str, count: int) -> None:
    correlate("run-1")

    assert send_all("some-work", (Work(number=number) for number in range(count))) == count

    messages = list(received(queue_url))
    assert sorted(json.loads(message["Body"])["number"] for message in messages) == list(range(count))
    assert {m["MessageAttributes"]["correlation_id"]["StringValue"] for m in messages} <= {"run-1"}


def refuse_some(times: int) -> tuple[Callable[..., Any], list[int]]:
    """Return a hook that has the queue refuse the first entry of each of its first batches."""
    sizes: list[int] = []

    def hook(params: dict[str, Any], **_: object) -> tuple[object, dict[str, Any]] | None:
        entries = json.loads(params["body"])["Entries"]
        sizes.append(len(entries))
        if len(sizes) > times:
            return None
        refused, taken = entries[:1], entries[1:]
        answer = {
            "Successful": [{"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in taken],
            "Failed": [{"Id": each["Id"], "SenderFault": False, "Code": "InternalError"} for each in refused],
        }
        return Taken(), answer

    return hook, sizes


class Taken:
    status_code = 200


@pytest.mark.usefixtures("queue_url")
def test_messages_that_a_queue_refused_are_sent_again_and_no_others() -> None:
    hook, sizes = refuse_some(times=1)
    client("sqs").meta.events.register("before-call.sqs.SendMessageBatch", hook)

    send_all("some-work", (Work(number=number) for number in range(5)))

    assert sizes == [5, 1]


@pytest.mark.usefixtures("queue_url")
def test_messages_that_a_queue_keeps_refusing_are_an_error() -> None:
    hook, sizes = refuse_some(times=99)
    client("sqs").meta.events.register("before-call.sqs.SendMessageBatch", hook)

    with pytest.raises(Unavailable):
        send_all("some-work", [Work(number=1)])

    assert len(sizes) == 3


def test_a_function_sends_to_its_own_queues_only() -> None:
    with pytest.raises(LookupError):
        send_all("somebody-elses", [Work(number=1)])
