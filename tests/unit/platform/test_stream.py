import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.catalogue import FUNCTIONS, Stream
from tests.support import rights
from tests.support.calls import handler_of
from tests.support.events import sample
from trading.platform.delivery import Carrier
from trading.platform.domain_events import QUEUES, Lane
from trading.platform.outbox import OutboxEvent, OutboxRow, pending, pending_keys, put_event
from trading.platform.settings import settings
from trading.platform.tables import Transaction

RELAYS = [row for row in FUNCTIONS if isinstance(row.trigger, Stream)]


@pytest.fixture(autouse=True)
def urls(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return the URLs of the queues that events go to."""
    del aws
    names = QUEUES[Lane.URGENT] | QUEUES[Lane.ORDINARY]
    made = {name: str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]) for name in names}
    for name, url in made.items():
        monkeypatch.setenv(f"QUEUE_{name.upper().replace('-', '_')}", url)
    settings.cache_clear()
    yield made
    settings.cache_clear()


def written(name: str, *subjects: str) -> list[dict[str, Any]]:
    """Write events; return the stream's records of them."""
    transaction = Transaction()
    for subject in subjects:
        put_event(transaction, OutboxEvent(sample(name, owner=subject), subject))
    transaction.commit()
    items = boto3.client("dynamodb").scan(TableName="outbox")["Items"]
    return [record(str(number), item) for number, item in enumerate(items)]


def record(number: str, image: Any) -> dict[str, Any]:
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": number, "NewImage": image}}


def relay(records: list[dict[str, Any]], name: str = "relay_urgent_events") -> Any:
    row = next(row for row in RELAYS if row.name == name)
    with rights.only_granted(row):
        return handler_of(name).lambda_handler({"Records": records}, None)


def bodies(url: str) -> list[str]:
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["payload"]["owner"] for message in messages]


def waiting() -> list[OutboxRow]:
    return [row for lane in Lane for key in pending_keys(lane) for row in pending(key, 100)]


@pytest.mark.parametrize("relayer", RELAYS, ids=lambda row: row.name)
def test_what_was_written_is_carried_and_waits_no_longer(urls: dict[str, str], relayer: Any) -> None:
    answer = relay(written("trading_paused", "ada", "bob"), relayer.name)

    assert answer == {"batchItemFailures": []}
    assert sorted(bodies(urls["entry-cancellations"])) == ["ada", "bob"]
    assert waiting() == []


def test_what_a_queue_does_not_take_waits_for_the_sweeper_and_fails_no_batch(urls: dict[str, str]) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=urls["holding-events"])

    assert relay(written("trading_paused", "ada")) == {"batchItemFailures": []}

    assert [row.queue for row in waiting()] == ["holding-events"]
    assert bodies(urls["entry-cancellations"]) == ["ada"]


def test_a_record_that_nobody_can_read_is_reported_alone(urls: dict[str, str]) -> None:
    records = written("trading_paused", "ada")
    poison = [
        record("no body", {"pk": {"S": "x"}}),
        record("no json", {"pk": {"S": "x"}, "body": {"S": "{"}, "queues": {"S": "domain-events"}}),
        record("no queues", {"pk": {"S": "x"}, "body": {"S": json.dumps({"id": "x", "type": "x", "payload": {}})}}),
    ]

    answer = relay([*poison, *records])

    unread = ("no body", "no json", "no queues")
    assert answer == {"batchItemFailures": [{"itemIdentifier": name} for name in unread]}
    assert bodies(urls["entry-cancellations"]) == ["ada"]


def test_what_was_sent_or_waits_for_one_queue_is_not_carried_again(urls: dict[str, str]) -> None:
    records = written("trading_paused", "ada")
    relay(records)
    bodies(urls["entry-cancellations"])
    items = boto3.client("dynamodb").scan(TableName="outbox")["Items"]
    row = OutboxRow.from_raw_data(dict(items[0])).left_for("holding-events")
    row.save()

    relay([record("1", items[0]), record("2", row.serialize())])

    assert bodies(urls["holding-events"]) == ["ada"]


def test_a_record_that_is_delivered_twice_is_sent_again_and_loses_nothing(urls: dict[str, str]) -> None:
    records = written("trading_paused", "ada")

    assert [relay(records), relay(records)] == [{"batchItemFailures": []}] * 2

    assert set(bodies(urls["holding-events"])) == {"ada"}
    assert waiting() == []


def test_a_queue_that_fails_holds_back_no_other_and_gets_its_own_when_it_is_back(urls: dict[str, str]) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=urls["urgent-domain-events"])
    records = written("trading_paused", "ada", "bob")

    relay(records)
    boto3.client("sqs").create_queue(QueueName="urgent-domain-events")
    assert Carrier().sweep() == 2

    others = ("holding-events", "entry-cancellations", "urgent-notification-events", "urgent-domain-events")
    assert {name: sorted(bodies(urls[name])) for name in others} == {name: ["ada", "bob"] for name in others}
    assert waiting() == []
