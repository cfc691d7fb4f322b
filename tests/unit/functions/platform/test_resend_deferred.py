from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.support.calls import handler_of
from tests.support.crashes import Crashes
from trading.platform.deadline import time_limit
from trading.platform.deferrals import defer, waiting
from trading.platform.log_privacy import FunctionFailed
from trading.platform.messages import Message
from trading.platform.settings import settings

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
MESSAGE = Message("message-1", "pushes", '{"owner":"ada"}', "run-1", 1_700_000_000_000, deferrals=3)
Received = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Received:
    sqs = boto3.client("sqs")
    url = str(sqs.create_queue(QueueName="pushes")["QueueUrl"])
    monkeypatch.setenv("QUEUE_PUSHES", url)
    settings.cache_clear()
    return lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages", []
    )


def resend(moment: datetime) -> Any:
    return handler_of("resend_deferred").lambda_handler({"scheduled_at": moment.isoformat(), "again": True}, None)


def test_what_is_due_is_sent_with_all_that_travels_with_it_and_forgotten(received: Received) -> None:
    defer(MESSAGE, NOW - timedelta(hours=1))

    assert resend(NOW) == {"status": "done", "sent": 1}

    (message,) = received()
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == MESSAGE.body
    assert attributes == {"correlation_id": "run-1", "first_sent_at": "1700000000000", "deferrals": "4"}
    assert waiting() == ({}, None)


def test_what_is_not_due_waits(received: Received) -> None:
    defer(MESSAGE, NOW)

    assert resend(NOW)["sent"] == 0
    assert received() == []


def test_a_job_that_dies_anywhere_loses_nothing(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    defer(MESSAGE, NOW - timedelta(hours=1))
    sides = crashes.count(lambda: resend(NOW))
    received()

    for place in range(1, sides + 1):
        defer(MESSAGE, NOW - timedelta(hours=1))
        crashes.die_at(place, lambda: resend(NOW))
        resend(NOW)

        assert len(received()) in {1, 2}, place
        assert waiting() == ({}, None)


def test_what_a_queue_does_not_take_waits_on(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    defer(MESSAGE, NOW - timedelta(hours=1))
    monkeypatch.setenv("QUEUE_PUSHES", "https://sqs.us-east-1.amazonaws.com/123456789012/nowhere")
    settings.cache_clear()

    with pytest.raises(FunctionFailed):
        resend(NOW)

    assert waiting()[0] == {"pushes": 1}
    assert received() == []


def test_what_there_is_no_time_for_waits_for_the_next_minute(received: Received) -> None:
    defer(replace(MESSAGE, message_id="message-2"), NOW - timedelta(hours=1))

    with time_limit(5):
        assert resend(NOW)["sent"] == 0

    assert resend(LATER)["sent"] == 1
    assert len(received()) == 1
