import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pydantic import BaseModel, ConfigDict

from tests.unit.platform.conftest import Environment
from tests.unit.platform.events import batch_of, sqs_event
from trading.platform.aws import client
from trading.platform.clock import SystemClock
from trading.platform.deadline import LAST_WORK_SECONDS, seconds_left
from trading.platform.deferrals import due
from trading.platform.errors import Conflict, OutcomeUnknown, QueueUnavailable, Refused, StaleRecord, Unavailable
from trading.platform.observability import correlate, logger
from trading.platform.queue import queue_worker, send_all


class Work(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int


@dataclass
class Worker:
    """Handles work; fails on the numbers that it is given."""

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
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


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
            "Successful": [{"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": ""} for entry in taken],
            "Failed": [{"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"} for entry in refused],
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


@dataclass
class Clockwork:
    """An invocation whose time runs down: each reading of the clock takes so many seconds off."""

    seconds: float
    per_message: float = 0

    def get_remaining_time_in_millis(self) -> int:
        left = self.seconds
        self.seconds -= self.per_message
        return int(left * 1000)


def batch(url: str) -> dict[str, Any]:
    """Return what waits in the queue, as one batch."""
    answer = client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    )
    return batch_of(answer.get("Messages", []), "work")


def test_what_no_time_is_left_for_is_sent_anew_and_acknowledged(queue_url: str, environment: Environment) -> None:
    environment(MESSAGE_BUDGET_SECONDS="20")
    correlate("run-1")
    send_all("some-work", (Work(number=number) for number in range(5)))
    event, worker = batch(queue_url), Worker()
    first_sent = {record["body"]: record["attributes"]["SentTimestamp"] for record in event["Records"]}

    answer = queue_worker(Work, worker.prepare)(event, Clockwork(60, per_message=20))

    anew = batch(queue_url)["Records"]
    assert (len(worker.done), len(anew), failed(answer)) == (3, 2, [])
    for record in anew:
        attributes = {name: value["stringValue"] for name, value in record["messageAttributes"].items()}
        assert (attributes["correlation_id"], record["attributes"]["ApproximateReceiveCount"]) == ("run-1", "1")
        assert attributes["first_sent_at"] == first_sent[record["body"]]


def test_a_message_that_is_sent_anew_again_and_again_keeps_its_first_moment(
    queue_url: str, environment: Environment
) -> None:
    environment(MESSAGE_BUDGET_SECONDS="20")
    send_all("some-work", [Work(number=1)])
    event = batch(queue_url)
    first = event["Records"][0]["attributes"]["SentTimestamp"]

    for _ in range(3):
        queue_worker(Work, Worker().prepare)(event, Clockwork(19))
        event = batch(queue_url)

    assert event["Records"][0]["messageAttributes"]["first_sent_at"]["stringValue"] == first


def test_a_message_of_a_queue_that_takes_nothing_from_us_is_handed_back(environment: Environment) -> None:
    environment(MESSAGE_BUDGET_SECONDS="20")
    worker = Worker()

    answer = queue_worker(Work, worker.prepare)(sqs_event({"number": 1}), Clockwork(19))

    assert (worker.done, failed(answer)) == ([], ["message-0"])


def test_a_message_may_call_partners_until_its_own_budget_ends(environment: Environment) -> None:
    environment(MESSAGE_BUDGET_SECONDS="20")
    left: list[float] = []

    queue_worker(Work, lambda: lambda _: left.append(seconds_left()))(sqs_event({"number": 1}), Clockwork(900))

    assert 20 - LAST_WORK_SECONDS - 1 < left[0] <= 20 - LAST_WORK_SECONDS


@pytest.mark.parametrize(("receives", "wait"), [("1", 60), ("2", 180), ("4", 540)])
def test_a_message_that_failed_comes_again_later_each_time(
    queue_url: str, environment: Environment, receives: str, wait: int
) -> None:
    environment(RETRY_SECONDS="60,180,540")
    send_all("some-work", [Work(number=1)])
    event, hidden = batch(queue_url), []
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = receives
    client("sqs").meta.events.register(
        "before-call.sqs.ChangeMessageVisibility",
        lambda params, **_: hidden.append(json.loads(params["body"])["VisibilityTimeout"]),
    )

    answer = queue_worker(Work, Worker(failing=frozenset({1})).prepare)(event, None)

    assert (hidden, len(failed(answer))) == ([wait], 1)


@pytest.mark.parametrize(("receives", "letters"), [("4", 0), ("5", 1), ("6", 1)])
def test_a_message_that_fails_at_its_last_receive_is_counted_as_a_dead_letter(
    queue_url: str, capsys: pytest.CaptureFixture[str], receives: str, letters: int
) -> None:
    send_all("some-work", [Work(number=1)])
    event = batch(queue_url)
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = receives

    queue_worker(Work, Worker(failing=frozenset({1})).prepare)(event, None)

    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"DeadLetters"' in line]
    assert [(line["DeadLetters"], line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]) for line in counted] == [
        ([1.0], [["service"]])
    ] * letters


@dataclass
class Failing:
    """Fails as it is set."""

    error: Exception

    def prepare(self) -> Callable[[Work], object]:
        return self.handle

    def handle(self, _: Work) -> None:
        raise self.error


@pytest.mark.parametrize("error", [Unavailable("canary-1"), OutcomeUnknown("canary-1")])
def test_a_message_whose_partner_is_away_is_deferred_and_acknowledged(queue_url: str, error: Exception) -> None:
    correlate("run-1")
    send_all("some-work", [Work(number=1)])
    event = batch(queue_url)
    sent_at = int(event["Records"][0]["attributes"]["SentTimestamp"])

    answer = queue_worker(Work, Failing(error).prepare)(event, None)

    ((message,),) = due(SystemClock().now() + timedelta(minutes=1))
    assert failed(answer) == []
    assert (message.queue, message.body, message.deferrals) == ("some-work", '{"number":1}', 1)
    assert (message.correlation_id, message.first_sent_at) == ("run-1", sent_at)


@pytest.mark.parametrize(
    "error", [QueueUnavailable("x"), Refused("x"), StaleRecord("x"), Conflict("x"), LookupError("x"), TimeoutError()]
)
def test_whatever_else_fails_a_message_counts_as_its_failure(queue_url: str, error: Exception) -> None:
    send_all("some-work", [Work(number=1)])

    answer = queue_worker(Work, Failing(error).prepare)(batch(queue_url), None)

    assert len(failed(answer)) == 1
    assert list(due(SystemClock().now() + timedelta(days=1))) == []


def test_one_message_that_is_deferred_holds_up_no_other(queue_url: str) -> None:
    send_all("some-work", (Work(number=number) for number in range(3)))
    done: list[int] = []

    def handle(work: Work) -> None:
        if work.number == 1:
            raise Unavailable("away")
        done.append(work.number)

    answer = queue_worker(Work, lambda: handle)(batch(queue_url), None)

    assert (sorted(done), failed(answer)) == ([0, 2], [])


def test_a_batch_that_cannot_be_prepared_fails_message_by_message() -> None:
    def prepare() -> Callable[[Work], object]:
        raise LookupError("canary-1203")

    answer = queue_worker(Work, prepare)(sqs_event({"number": 1}, {"number": 2}), None)

    assert failed(answer) == ["message-0", "message-1"]


def test_a_function_sends_to_its_own_queues_only() -> None:
    with pytest.raises(LookupError):
        send_all("somebody-elses", [Work(number=1)])
