import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.support.calls import handler_of
from tests.support.events import PositionClosed
from trading.platform.domain_events import Lane
from trading.platform.outbox import OutboxEvent, pending, pending_keys, put_event, row_of
from trading.platform.settings import settings
from trading.platform.tables import Transaction

AT = {"job": "send_outbox", "scheduled_at": "2013-02-19T14:15:00Z"}


@pytest.fixture
def events(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the URL of the queue that events go to."""
    del aws
    url = str(boto3.client("sqs").create_queue(QueueName="domain-events")["QueueUrl"])
    monkeypatch.setenv("QUEUE_DOMAIN_EVENTS", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()


def write(*subjects: str) -> set[str]:
    transaction = Transaction()
    found = [OutboxEvent(PositionClosed(), subject) for subject in subjects]
    for event in found:
        put_event(transaction, event)
    transaction.commit()
    return {event.event_id for event in found}


def run(**event: Any) -> Any:
    return handler_of("send_outbox").lambda_handler({**AT, **event}, None)


def received(url: str) -> list[str]:
    found: list[str] = []
    while messages := boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"])["id"] for message in messages]
    return found


def test_waiting_events_are_sent_and_then_no_longer_wait(events: str) -> None:
    ids = write(*(f"portfolio#{number}" for number in range(12)))

    assert run() == {"status": "done", "sent": 12}

    assert sorted(received(events)) == sorted(ids)
    assert [row for lane in Lane for key in pending_keys(lane) for row in pending(key, 100)] == []


def test_an_event_that_was_sent_is_not_sent_again(events: str) -> None:
    write("portfolio#1")
    run()
    received(events)

    assert run(scheduled_at="2013-02-19T14:16:00Z") == {"status": "done", "sent": 0}
    assert received(events) == []


def test_events_that_the_queue_did_not_take_keep_waiting(events: str) -> None:
    write("portfolio#1")
    boto3.client("sqs").delete_queue(QueueUrl=events)

    run()

    assert [row.queue for row in pending("ordinary#domain-events", 10)] == ["domain-events"]


def test_how_long_the_oldest_has_waited_is_measured_each_minute(
    events: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("portfolio#1")
    run()
    assert measured(capsys) == [0]

    boto3.client("sqs").delete_queue(QueueUrl=events)
    row_of(OutboxEvent(PositionClosed(), "portfolio#2"), "2013-02-19T14:15:00Z").save()
    run(scheduled_at="2013-02-19T14:16:00Z")
    assert measured(capsys)[0] > 3600 * 1000


def measured(capsys: pytest.CaptureFixture[str]) -> list[float]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [value for line in lines if "OutboxOldest" in line for value in line["OutboxOldest"]]
