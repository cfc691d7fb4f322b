"""How a sandbox starts, stops, comes back, and keeps to itself."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.client import (
    LOG,
    STOPS_WITHIN_SECONDS,
    SandboxClient,
    free_port,
    running_sandbox,
    spawn,
    wait_until_up,
)
from sandbox.deployer import ASSEMBLIES

pytestmark = pytest.mark.e2e

LISTENING = "0A"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def http(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=STOPS_WITHIN_SECONDS) as client:
        yield client


def open_portfolio(sandbox: SandboxClient) -> int:
    body = {"name": "kept", "exchange": "NASDAQ"}
    answer = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body)
    return int(answer.raise_for_status().json()["id"])


def finds(sandbox: SandboxClient, portfolio: int) -> bool:
    return sandbox.api("GET", f"portfolios/{portfolio}", token=sandbox.token("ada")).status_code == 200


def listening_addresses() -> set[str]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {line[1] for line in lines if line[3] == LISTENING}


def test_a_sandbox_keeps_its_state_over_a_stop(folder: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ASSEMBLIES)  # as `make run` synthesizes it

    with running_sandbox(folder, port=port) as sandbox:
        portfolio = open_portfolio(sandbox)
        sandbox.control("POST", "clock", {"advance_seconds": 90})
        before = sandbox.control("GET", "clock")

    with running_sandbox(folder, port=port) as sandbox:
        assert "deployed already" in (folder / LOG).read_text()
        assert sandbox.control("GET", "clock") == before
        assert finds(sandbox, portfolio)


def test_a_ticking_clock_stands_still_while_its_sandbox_is_down(folder: Path, port: int) -> None:
    with running_sandbox(folder, port=port) as sandbox:
        sandbox.control("POST", "clock", {"run": True})

    with running_sandbox(folder, port=port) as sandbox:
        assert sandbox.control("GET", "clock")["running"] is False


def test_a_sandbox_that_was_killed_keeps_its_state_too(folder: Path, port: int, http: httpx.Client) -> None:
    killed = spawn(folder, port)
    wait_until_up(http, killed, folder)
    portfolio = open_portfolio(SandboxClient(http))
    killed.kill()
    killed.wait()

    with running_sandbox(folder, port=port) as sandbox:
        assert finds(sandbox, portfolio)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_everything_listens_on_loopback_alone(folder: Path) -> None:
    before = listening_addresses()

    with running_sandbox(folder):
        opened = listening_addresses() - before

    assert opened
    assert all(address.startswith("0100007F:") for address in opened)


def test_a_folder_and_a_port_serve_one_sandbox_at_a_time(folder: Path, port: int, http: httpx.Client) -> None:
    first = spawn(folder, port)
    wait_until_up(http, first, folder)

    in_its_folder = spawn(folder, free_port())
    assert in_its_folder.wait(STOPS_WITHIN_SECONDS) == 1
    assert "Another sandbox runs in" in (folder / LOG).read_text()

    on_its_port = spawn(folder / "another", port)
    assert on_its_port.wait(STOPS_WITHIN_SECONDS) == 1
    assert f"Port {port} is taken" in (folder / "another" / LOG).read_text()

    first.send_signal(signal.SIGINT)
    assert first.wait(STOPS_WITHIN_SECONDS) == 0


def test_a_sandbox_can_be_stopped_while_it_comes_up(folder: Path, port: int) -> None:
    process = spawn(folder, port)
    while "Synthesizing" not in (folder / LOG).read_text() and process.poll() is None:
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)

    assert process.wait(STOPS_WITHIN_SECONDS) == 0
    assert "Traceback" not in (folder / LOG).read_text()
