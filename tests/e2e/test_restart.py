"""Real work over the ends of a sandbox: stopped, killed, or with its emulator killed under it.

The people and portfolios of before live on after a stop, and all that queues carry is worked off.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
from sandbox.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]

START = "2013-01-21T15:00:00Z"
PAGES = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
SYMBOLS = {"AAPL": 100, "MSFT": 50}
NO_MORE = {"is_automated": False}
AT_ONCE_SECONDS = 2
GONE_WITHIN_SECONDS = 30


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restarted")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def http(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
        yield client


@contextmanager
def spawned(folder: Path, port: int, http: httpx.Client) -> Iterator["subprocess.Popen[bytes]"]:
    """Bring up a sandbox that the test ends itself; none survives a test that fails before it does."""
    process = spawn(folder, port, start=START)
    try:
        wait_until_up(http, process, folder)
        yield process
    finally:
        process.kill()
        process.wait()


def kill_and_see_dead(process: int) -> None:
    """Kill a process that is no child of ours, and wait until it has ended: a kill returns before that."""
    watched = os.pidfd_open(process)
    try:
        os.kill(process, signal.SIGKILL)
        assert select.select([watched], [], [], GONE_WITHIN_SECONDS)[0]
    finally:
        os.close(watched)


def open_portfolio(sandbox: SandboxClient) -> dict[str, Any]:
    body = {"name": "automated", "exchange": 2, "is_automated": True}
    answer = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body)
    opened: dict[str, Any] = answer.raise_for_status().json()
    return opened


def trade_a_day(sandbox: SandboxClient, portfolio: dict[str, Any], day: str) -> None:
    figures = {"predicted_return": 0.02, "volatility": 0.02, "atr": 1.5}
    items = [{"symbol": symbol, "previous_close": price, **figures} for symbol, price in SYMBOLS.items()]
    sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": day, "items": items})
    sandbox.control("PUT", "market/quotes", SYMBOLS)
    sandbox.travel(f"{day}T21:05:00Z")
    answer = sandbox.api("GET", f"portfolios/{portfolio['id']}/sessions", token=sandbox.token("ada"), date=day)
    (session,) = answer.json()["items"]
    switched = sandbox.api("PATCH", f"portfolios/{portfolio['id']}", token=sandbox.token("ada"), body=NO_MORE)
    assert switched.status_code == 200, switched.text
    assert (session["status"], session["opened"], session["closed"], session["flat"]) == ("closed", 2, 2, True)


def be_charged(person: Person) -> None:
    session = person.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
    person.sandbox.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": "ok"})
    person.call("POST", "payment-methods", {"stripe_session_id": session})
    person.sandbox.travel("2013-02-08T16:00:00Z")
    assert person.call("GET", "invoices")["items"][-1]["status"] == "paid"


def fund(person: Person, key: str) -> dict[str, Any]:
    bank = person.onboard()
    assert person.call("GET", "profile")["kyc_status"] == "APPROVED"
    return person.move("deposits", 4_000_000, bank["funding_account_id"], key=key)


def flow_status(person: Person, flow: dict[str, Any]) -> str:
    return str(person.call("GET", f"money-flows/{flow['money_flow_id']}")["status"])


def processes_of(folder: Path) -> set[int]:
    """Return the processes whose environment, folder or command names a sandbox's folder."""
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid() and _names(process, str(folder)):
            found.add(int(process.name))
    return found


def _names(process: Path, folder: str) -> bool:
    try:
        texts = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        return folder.encode() in texts or str((process / "cwd").readlink()).startswith(folder)
    except OSError:
        return False


def emulator_of(folder: Path) -> int:
    return next(process for process in processes_of(folder) if _is_emulator(process))


def _is_emulator(process: int) -> bool:
    return b"sandbox.emulator" in Path(f"/proc/{process}/cmdline").read_bytes()


def wait_until_none(folder: Path) -> None:
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while (left := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def test_a_stopped_sandbox_goes_on_with_real_work(folder: Path, port: int) -> None:
    with running_sandbox(folder, port=port, start=START) as sandbox:
        portfolio = open_portfolio(sandbox)
        flow = fund(Person(sandbox, "ada"), "a-deposit-that-is-under-way")
        sandbox.control("POST", "queues/broker-events/messages", [{"type": "of-no-known-kind"}])
    wait_until_none(folder)

    with running_sandbox(folder, port=port) as sandbox:
        ada, bob = Person(sandbox, "ada"), Person(sandbox, "bob")
        fund(bob, "a-deposit-after-the-restart")
        ada.wait(5 * 86_400)
        assert flow_status(ada, flow) == "success"
        trade_a_day(sandbox, portfolio, "2013-01-28")
        be_charged(ada)
        assert sandbox.control("POST", "queues/drain")["drained"]
        assert sandbox.control("GET", "ledger/check")["balanced"]
    wait_until_none(folder)


def test_a_killed_sandbox_leaves_no_process_and_goes_on(folder: Path, port: int, http: httpx.Client) -> None:
    with spawned(folder, port, http) as killed:
        flow = fund(Person(SandboxClient(http), "ada"), "a-deposit-that-is-under-way")
        killed.kill()
    wait_until_none(folder)

    with running_sandbox(folder, port=port) as sandbox:
        Person(sandbox, "ada").wait(5 * 86_400)
        assert flow_status(Person(sandbox, "ada"), flow) == "success"
        fund(Person(sandbox, "bob"), "a-deposit-after-the-restart")


def test_a_killed_emulator_is_reported_and_its_folder_reset(folder: Path, port: int, http: httpx.Client) -> None:
    with spawned(folder, port, http) as process:
        fund(Person(SandboxClient(http), "ada"), "a-deposit-that-is-lost")
        kill_and_see_dead(emulator_of(folder))

        began = time.monotonic()
        answers = [http.get(path) for path in ("/sandbox/clock", "/api/profile", "/docs")]

        assert time.monotonic() - began < AT_ONCE_SECONDS
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "emulator_gone")] * 3
        process.send_signal(signal.SIGINT)
        assert process.wait(STOPS_WITHIN_SECONDS) == 0
    assert "its state is lost" in (folder / LOG).read_text()
    wait_until_none(folder)

    with running_sandbox(folder, port=port, start=START) as sandbox:
        assert "state was reset: it was not stopped cleanly last time" in (folder / LOG).read_text()
        fund(Person(sandbox, "ada"), "a-deposit-after-the-reset")
