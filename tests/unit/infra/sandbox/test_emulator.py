"""The emulator's process: it saves when it is asked to stop or is left alone, and knows when it could not."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.sandbox.client import free_port
from infra.sandbox.emulator import Emulator


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    one = Emulator(tmp_path / "emulator", free_port())
    yield one
    one.stop()


def again(emulator: Emulator) -> Emulator:
    return Emulator(emulator.folder, free_port())


def test_a_graceful_stop_leaves_a_folder_that_can_be_taken_up(emulator: Emulator) -> None:
    emulator.start()
    assert emulator.batches_at_work() == 0
    emulator.stop()

    second = again(emulator)
    second.start()
    second.stop()

    assert not second.was_reset


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

    assert second.was_reset
    assert not kept.exists()


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
