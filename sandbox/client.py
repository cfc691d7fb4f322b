"""A sandbox as a user sees it: brought up as a process of its own, spoken to over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

import httpx

from infra.catalogue import ROOT

UP_WITHIN_SECONDS = 120
STOPS_WITHIN_SECONDS = 30
ANSWERS_WITHIN_SECONDS = 300
POLL_SECONDS = 0.1
LOG = "sandbox.log"


@dataclass(frozen=True)
class SandboxClient:
    """Calls one sandbox: its control plane, and its API in somebody's name."""

    http: httpx.Client

    def control(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Call the control plane and return what it answers.

        Raises:
            httpx.HTTPStatusError: if it refuses.
        """
        answer = self.http.request(method, f"/sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def token(self, uid: str, **more: Any) -> str:  # noqa: ANN401 - claims, expires_in
        """Return a token of a person."""
        return str(self.control("POST", "tokens", {"uid": uid, **more})["id_token"])

    def travel(self, to: str) -> list[Mapping[str, Any]]:
        """Move time; return the runs on the way."""
        runs: list[Mapping[str, Any]] = self.control("POST", "clock", {"to": to})["runs"]
        return runs

    def api(
        self, method: str, path: str, *, token: str, body: object = None, key: str | None = None, **query: str
    ) -> httpx.Response:
        """Call the API."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return self.http.request(method, f"/api/{path}", json=body, headers=headers, params=query)


@contextmanager
def running_sandbox(folder: Path, *, port: int | None = None, start: str | None = None) -> Iterator[SandboxClient]:
    """Bring a sandbox up in a folder, and stop it at the end.

    Raises:
        RuntimeError: if it does not come up; the message has what it printed.
    """
    chosen = port or free_port()
    process = spawn(folder, chosen, start=start)
    with httpx.Client(base_url=f"http://127.0.0.1:{chosen}", timeout=ANSWERS_WITHIN_SECONDS) as http:
        try:
            wait_until_up(http, process, folder)
            yield SandboxClient(http)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def spawn(folder: Path, port: int, *, start: str | None = None) -> "subprocess.Popen[bytes]":
    """Start the process of a sandbox and do not wait; what it prints lies in `sandbox.log` in its folder."""
    environment = {**os.environ, "PORT": str(port), "SANDBOX_DIR": str(folder), "COLUMNS": "200"}
    if start is not None:
        environment["SANDBOX_START"] = start
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )


def is_in_use(folder: Path) -> bool:
    """Say whether a sandbox runs in a folder."""
    lock = folder / "lock"
    if not lock.exists():
        return False
    with lock.open("w") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except OSError:
            return True
    return False


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(http: httpx.Client, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait until a sandbox answers.

    Raises:
        RuntimeError: if it does not; the message has what it printed.
    """
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            http.get("/sandbox/clock")
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
        else:
            return
    raise RuntimeError(f"the sandbox did not come up:\n{(folder / LOG).read_text()}")
