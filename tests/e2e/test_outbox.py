"""The outbox on its way: from the commit to the queue on the wall's clock, and a stop behind a backlog."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from sandbox.client import LOG, SandboxClient
from sandbox.emulator import REGION
from tests.support.events import sample
from trading.events import EVENTS
from trading.platform.outbox import OutboxEvent, row_of

pytestmark = pytest.mark.e2e

PREFIX = "tiller-local-"
BACKLOG = int(os.environ.get("OUTBOX_BACKLOG", "1500"))
ORDINARY, STOP = "account_opened", "all_trading_stopped"
"""Events that nobody follows: they go to the queue of everything, or its urgent one, alone."""

P95_SECONDS, STOP_SECONDS = 5.0, 10.0
PATIENCE_SECONDS = 120
Aws = Callable[[str], Any]


@pytest.fixture
def aws(sandbox: SandboxClient, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    """Return what makes clients of the shared sandbox's emulator."""
    port = sandbox.http.base_url.port
    logs = tmp_path_factory.getbasetemp().glob(f"shared*/{LOG}")
    log, *_ = (text for file in logs if f":{port}" in (text := file.read_text()))
    found = re.search(r"AWS_ENDPOINT_URL=(\S+)", log)
    assert found
    session = boto3.Session("test", "test", region_name=REGION)
    make: Any = session.client
    clients: dict[str, Any] = {}
    return lambda service: clients.setdefault(service, clients.get(service) or make(service, endpoint_url=found[1]))


def test_events_reach_their_queue_within_seconds_and_a_stop_overtakes_a_backlog(
    sandbox: SandboxClient, aws: Aws
) -> None:
    with held(sandbox, aws, "domain-events") as ordinary, held(sandbox, aws, "urgent-domain-events") as urgent:
        write(aws, ORDINARY, [f"quiet-{number}" for number in range(100)])
        calm = lags(aws, ordinary, 100)
        write(aws, ORDINARY, [f"backlog-{number}" for number in range(BACKLOG)])
        write(aws, STOP, ["stop"])
        (stop,) = lags(aws, urgent, 1)

    p95 = sorted(calm)[94]
    print(f"commit to queue: p95 {p95:.3f} s; a stop behind {BACKLOG}: {stop:.3f} s")  # noqa: T201 - the figures
    assert p95 <= P95_SECONDS
    assert stop <= STOP_SECONDS


@contextmanager
def held(sandbox: SandboxClient, aws: Aws, queue: str) -> Iterator[str]:
    """Have nobody work a queue off, and empty it in the end; yield its URL."""
    sandbox.control("PUT", f"queues/{queue}", {"paused": True})
    url = str(aws("sqs").get_queue_url(QueueName=f"{PREFIX}{queue}")["QueueUrl"])
    try:
        yield url
    finally:
        sandbox.control("POST", "queues/drain")
        aws("sqs").purge_queue(QueueUrl=url)
        sandbox.control("PUT", f"queues/{queue}", {"paused": False})


def write(aws: Aws, name: str, subjects: list[str]) -> None:
    """Commit events as the layer does, each with the moment of its request."""
    table = f"{PREFIX}outbox"
    assert len(EVENTS[name].queues()) == 1
    for start in range(0, len(subjects), 25):
        now = datetime.now(UTC)
        events = [OutboxEvent(sample(name, at=now), f"{now}-{subject}") for subject in subjects[start : start + 25]]
        puts = [{"PutRequest": {"Item": row_of(event, now.isoformat()).serialize()}} for event in events]
        aws("dynamodb").batch_write_item(RequestItems={table: puts})


def lags(aws: Aws, url: str, number: int) -> list[float]:
    """Return of so many events how many seconds each took from its commit to its queue."""
    found: dict[str, float] = {}
    deadline, sqs = time.monotonic() + PATIENCE_SECONDS, aws("sqs")
    while len(found) < number and time.monotonic() < deadline:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["SentTimestamp"]
        )
        for message in answer.get("Messages", ()):
            event = json.loads(message["Body"])
            at = event["payload"].get("at")
            if at and event["type"] in {ORDINARY, STOP}:
                sent_at = int(message["Attributes"]["SentTimestamp"]) / 1000
                found.setdefault(event["id"], sent_at - datetime.fromisoformat(at).timestamp())
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return list(found.values())
