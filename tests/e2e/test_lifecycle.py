"""How a sandbox starts, stops, comes back, and keeps to itself."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.sandboxes import STOP_SECONDS, Sandbox, free_port

SECOND_START_SECONDS = 15
LISTENING = "0A"


def open_portfolio(sandbox: Sandbox) -> int:
    with sandbox.person("ada") as ada:
        return int(
            ada.post("/api/portfolios", json={"name": "kept", "exchange": "NASDAQ"}).raise_for_status().json()["id"]
        )


def listening_addresses() -> set[str]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {line[1] for line in lines if line[3] == LISTENING}


def test_a_sandbox_keeps_its_state_over_a_stop(own_sandbox: Sandbox) -> None:
    own_sandbox.start()
    portfolio = open_portfolio(own_sandbox)
    own_sandbox.advance(seconds=90)
    own_sandbox.quotes(KEPT=12.5)
    before = own_sandbox.now()

    code = own_sandbox.stop()
    begun = time.monotonic()
    own_sandbox.start()
    took = time.monotonic() - begun

    assert code == 0
    assert took < SECOND_START_SECONDS
    assert "deployed already" in own_sandbox.output
    assert own_sandbox.now() == before
    with own_sandbox.person("ada") as ada:
        assert ada.get(f"/api/portfolios/{portfolio}").status_code == 200


def test_a_sandbox_that_was_killed_keeps_its_state_too(own_sandbox: Sandbox) -> None:
    own_sandbox.start()
    portfolio = open_portfolio(own_sandbox)

    own_sandbox.kill()
    own_sandbox.start()

    with own_sandbox.person("ada") as ada:
        assert ada.get(f"/api/portfolios/{portfolio}").status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_everything_listens_on_loopback_alone(own_sandbox: Sandbox) -> None:
    before = listening_addresses()

    own_sandbox.start()

    assert all(address.startswith("0100007F:") for address in listening_addresses() - before)


def test_a_folder_serves_one_sandbox_at_a_time(sandbox: Sandbox) -> None:
    rival = Sandbox(sandbox.folder, free_port())

    process = rival.spawn()

    assert process.wait(STOP_SECONDS) == 1
    assert "Another sandbox runs in" in rival.output
    rival.close()


def test_a_port_serves_one_sandbox_at_a_time(sandbox: Sandbox, tmp_path: Path) -> None:
    rival = Sandbox(tmp_path, sandbox.port)

    process = rival.spawn()

    assert process.wait(STOP_SECONDS) == 1
    assert f"Port {sandbox.port} is taken" in rival.output
    rival.close()


def test_a_sandbox_stops_while_it_comes_up(own_sandbox: Sandbox) -> None:
    process = own_sandbox.spawn()
    while "Synthesizing" not in own_sandbox.output and process.poll() is None:
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)

    assert process.wait(STOP_SECONDS) == 0
    assert "Traceback" not in own_sandbox.output
