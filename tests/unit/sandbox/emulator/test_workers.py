"""Workers as they are forked: like fresh interpreters, many, and gone when they should be."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pytest

from sandbox.emulator import workers
from sandbox.emulator.workers import LAYERS, Forked, Nursery

SCRIPT = """
import json, os, random, sys
import trading.shared
print("a word to the log", file=sys.stderr, flush=True)
while line := sys.stdin.readline():
    answered = {"env": dict(os.environ), "cwd": os.getcwd(), "said": line.strip(), "name": __name__}
    answered |= {"argv": sys.argv, "loaded": trading.shared.LOADED_IN, "random": random.random()}
    answered |= {"cached": trading.shared.stage(), "pid": os.getpid()}
    print(json.dumps(answered), flush=True)
"""
SHARED = """
import os
from functools import cache
LOADED_IN = os.getpid()
@cache
def stage():
    return os.environ.get("STAGE")
stage()
"""
CLIENTS = """
import boto3, json, sys
from botocore.session import get_session
sys.stdin.readline()
client = boto3.client("sqs")
listed = [get_session().get_component("data_loader").list_available_services("service-2") for _ in range(2)]
print(json.dumps({
    "key": client._request_signer._credentials.access_key,
    "region": client.meta.region_name,
    "endpoint": client.meta.endpoint_url,
    "listed_once": listed[0] is listed[1],
}))
"""
GONE_WITHIN_SECONDS = 10


@dataclass
class Log:
    lines: list[str] = field(default_factory=list)


@dataclass
class Forks:
    """Has workers forked, and lets go of them."""

    nursery: Nursery
    folder: Path
    forked: list[Forked] = field(default_factory=list)

    def new(self, log: Log | None = None, **environment: str) -> Forked:
        script = str(self.folder / "script.py")
        request = {"script": script, "folder": str(self.folder), "environment": environment}
        self.forked.append(self.nursery.fork(request, (log or Log()).lines.append))
        return self.forked[-1]


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    package = tmp_path / "layer" / "python" / "trading"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "shared.py").write_text(SHARED)
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path / "layer"


@pytest.fixture
def nursery(layer: Path) -> Iterator[Nursery]:
    inherited = {"PATH": os.environ["PATH"], "STAGE": "loading", LAYERS: str(layer)}
    keys = {"AWS_ACCESS_KEY_ID": "loading", "AWS_SECRET_ACCESS_KEY": "loading"}
    one = Nursery({**inherited, **keys, "AWS_DEFAULT_REGION": "us-east-1"})
    yield one
    one.close()


@pytest.fixture
def forks(nursery: Nursery, tmp_path: Path) -> Iterator[Forks]:
    made = Forks(nursery, tmp_path)
    yield made
    for worker in made.forked:
        worker.close()


def ask(worker: Forked, text: str) -> dict[str, object]:
    worker.stdin.write(f"{text}\n")
    answered: dict[str, object] = json.loads(worker.stdout.readline())
    return answered


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.01)
    return False


def test_a_worker_is_as_a_fresh_interpreter_would_be(forks: Forks, tmp_path: Path) -> None:
    log = Log()
    ask(forks.new(STAGE="of another"), "x")
    worker = forks.new(log, STAGE="local", ONLY="mine")

    answered = ask(worker, "hello")

    assert (answered["said"], answered["name"], answered["cwd"]) == ("hello", "__main__", str(tmp_path))
    assert answered["argv"] == [str(tmp_path / "script.py")]
    assert {"STAGE": "local", "ONLY": "mine"}.items() <= answered["env"].items()  # type: ignore[attr-defined]
    assert "AWS_DEFAULT_REGION" not in answered["env"]  # type: ignore[operator]
    assert (answered["cached"], answered["pid"]) == ("local", worker.pid)
    assert answered["loaded"] != worker.pid
    assert list(worker.stderr.lines(1)) == log.lines == ["a word to the log\n"]


def test_a_worker_calls_aws_by_its_own_environment_with_shared_descriptions(forks: Forks, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(CLIENTS)
    places = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    found = [
        ask(forks.new(AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY="of-this", **places), "x") for key in ("one", "two")
    ]

    there = {"region": "eu-west-1", "endpoint": "http://127.0.0.1:9", "listed_once": True}
    assert found == [{"key": "one", **there}, {"key": "two", **there}]


def test_workers_do_not_share_chance(forks: Forks) -> None:
    two = [ask(forks.new(), "x") for _ in range(2)]

    assert two[0]["random"] != two[1]["random"]
    assert two[0]["loaded"] == two[1]["loaded"]


def test_a_worker_is_seen_to_live_and_to_end(forks: Forks) -> None:
    worker = forks.new()
    assert worker.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0.01)

    worker.terminate()

    assert worker.wait(GONE_WITHIN_SECONDS) == 0
    assert worker.poll() == 0


def test_a_worker_ends_when_nobody_speaks_to_it(forks: Forks) -> None:
    worker = forks.new()

    worker.stdin.close()

    assert worker.wait(GONE_WITHIN_SECONDS) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_worker_outlives_whom_it_was_forked_from(forks: Forks) -> None:
    some = [forks.new() for _ in range(3)]
    for worker in some:
        ask(worker, "x")

    forks.nursery.close()

    assert all(is_gone(worker.pid) for worker in some)


def test_after_a_killed_one_there_is_another_to_fork_from(forks: Forks) -> None:
    first = ask(forks.new(), "x")
    os.kill(int(str(first["loaded"])), 9)
    assert forks.forked[0].wait(GONE_WITHIN_SECONDS) == 0

    second = ask(forks.new(), "x")

    assert second["loaded"] != first["loaded"]


@dataclass
class Worker:
    last_used: float
    in_use: bool = False


@dataclass
class Runtime:
    """As much of the emulator as keeps workers."""

    _workers: dict[str, Sequence[Worker]]
    _lock: Lock = field(default_factory=Lock)


def test_the_longest_idle_go_first_and_none_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_IDLE", 2)
    busy, old, new, newest = Worker(0, in_use=True), Worker(1), Worker(2), Worker(3)
    runtime = Runtime({"a": [busy, old], "b": [newest], "c": [new]})

    assert workers.surplus(runtime) == [old]
    assert runtime._workers == {"a": [busy], "b": [newest], "c": [new]}
    assert workers.surplus(runtime) == []
