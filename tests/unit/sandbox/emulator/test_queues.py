"""Queues keep their names over restarts, so that what they feed is fed again, whatever the port."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from sandbox.client import free_port
from sandbox.emulator import REGION, Emulator

CODE = "def lambda_handler(event, context): pass"
MAY = json.dumps({"Version": "2012-10-17", "Statement": []})
WORKED_OFF_WITHIN_SECONDS = 60


@contextmanager
def running(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[tuple[Emulator, boto3.Session]]:
    emulator = Emulator(folder, free_port())
    emulator.start()
    patch.setenv("AWS_ENDPOINT_URL", emulator.url)
    try:
        yield emulator, boto3.Session("test", "test", region_name=REGION)
    finally:
        emulator.stop()


def feed_a_function(aws: boto3.Session) -> str:
    sqs, functions = aws.client("sqs"), aws.client("lambda")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    role = aws.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=MAY)["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", CODE)
    code = {"ZipFile": packed.getvalue()}
    functions.create_function(
        FunctionName="worker", Runtime="python3.13", Handler="handler.lambda_handler", Role=role, Code=code
    )
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=arn)
    return url


def wait_until_worked_off(emulator: Emulator) -> None:
    deadline = time.monotonic() + WORKED_OFF_WITHIN_SECONDS
    while emulator.work().queues["orders"] != (0, 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert emulator.work().queues["orders"] == (0, 0)


def test_a_queue_is_worked_off_after_a_start_at_another_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "emulator", monkeypatch) as (_, aws):
        url = feed_a_function(aws)

    with running(tmp_path / "emulator", monkeypatch) as (emulator, aws):
        assert aws.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"] == url
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="after the restart")
        wait_until_worked_off(emulator)
