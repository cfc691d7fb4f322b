"""The emulator's process: it saves when it is asked to stop or is left alone, and knows when it could not."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from sandbox.client import free_port
from sandbox.emulator import Emulator, Work

AT_ONCE_SECONDS = 30


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    one = Emulator(tmp_path / "emulator", free_port())
    yield one
    one.stop()


def again(emulator: Emulator) -> Emulator:
    return Emulator(emulator.folder, free_port())


def test_a_graceful_stop_leaves_a_folder_that_can_be_taken_up(emulator: Emulator) -> None:
    emulator.start()
    emulator.stop()

    second = again(emulator)
    second.start()
    second.stop()

    assert not second.was_reset


def test_it_tells_what_lies_in_all_queues_in_one_answer(emulator: Emulator) -> None:
    emulator.start()
    sqs = boto3.client(
        "sqs",
        endpoint_url=emulator.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    busy, _ = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("busy", "idle"))
    for _ in range(3):
        sqs.send_message(QueueUrl=busy, MessageBody="x")
    sqs.receive_message(QueueUrl=busy, MaxNumberOfMessages=1)

    shown = emulator.work()

    assert shown == Work(batches=0, queues={"busy": (2, 1), "idle": (0, 0)}, oldest=shown.oldest)
    sent_at, age = shown.oldest["busy"]
    assert set(shown.oldest) == {"busy"}
    assert abs(sent_at + age - time.time()) < AT_ONCE_SECONDS


def test_what_workers_of_a_former_start_left_is_cleared(emulator: Emulator) -> None:
    left = emulator.folder / "tmp" / "ministack-lambda-of-before"
    left.mkdir(parents=True)

    emulator.start()

    assert not left.exists()


def test_an_emulator_that_was_killed_is_reset_and_says_so(emulator: Emulator) -> None:
    emulator.start()
    kept = emulator.folder / "kept"
    kept.touch()
    assert emulator.process_id is not None
    os.kill(emulator.process_id, signal.SIGKILL)
    emulator.stop()

    second = again(emulator)
    second.start()
    second.stop()

    assert second.reset_because == "it was not stopped cleanly last time"
    assert not kept.exists()


def test_a_folder_that_is_laid_out_otherwise_is_reset_and_says_so(emulator: Emulator) -> None:
    emulator.start()
    emulator.stop()
    (emulator.folder / "layout").write_text("of old")

    second = again(emulator)
    second.start()
    second.stop()

    assert second.reset_because == "an older version of it left the folder"


def test_it_is_known_whether_the_process_lives(emulator: Emulator) -> None:
    assert not emulator.is_alive
    emulator.start()
    assert emulator.is_alive

    assert emulator.process_id is not None
    os.kill(emulator.process_id, signal.SIGKILL)
    emulator.stop()

    assert not emulator.is_alive


def test_a_start_that_fails_says_where_to_look(tmp_path: Path, emulator: Emulator) -> None:
    emulator.start()
    rival = Emulator(tmp_path / "rival", emulator.port)

    with pytest.raises(TimeoutError, match=r"emulator\.log"):
        rival.start()


def test_functions_inherit_nothing_of_the_sandbox(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_PORTFOLIOS", "leaked")
    monkeypatch.setenv("PYTHONPATH", "leaked")

    environment = emulator.process_environment()

    assert "leaked" not in environment.values()
    assert environment["BIND_HOST"] == "127.0.0.1"
