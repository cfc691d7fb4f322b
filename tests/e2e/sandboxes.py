"""A sandbox as its users see it: a process to start and stop, and an address."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from infra.catalogue import ROOT

START_SECONDS = 120
STOP_SECONDS = 30
ANSWER_SECONDS = 300

Json = Any


@dataclass
class Sandbox:
    """One sandbox on a free port, with its state in a folder."""

    folder: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    http: httpx.Client = field(init=False, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base_url, timeout=ANSWER_SECONDS)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What it printed since its last start."""
        return (self.folder / "output.log").read_text()

    # the process

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self.spawn()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.http.get("/sandbox/clock", timeout=1).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        self.kill()
        raise RuntimeError(f"the sandbox did not come up: {self.output}")

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a process for this folder and port, and do not wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own = {"PORT": str(self.port), "SANDBOX_DIR": str(self.folder), "COLUMNS": "200"}
        with (self.folder / "output.log").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "infra.sandbox"],
                cwd=ROOT,
                env={**os.environ, **self.environment, **own},
                stdout=output,
                stderr=output,
            )

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it at once, if it still lives."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self.http.close()

    # the control plane

    def token(self, uid: str, **wanted: Json) -> str:
        return str(self._ok("POST", "/sandbox/tokens", {"uid": uid, **wanted})["id_token"])

    def person(self, uid: str, **wanted: Json) -> httpx.Client:
        """Return a client that calls the API as a person."""
        headers = {"Authorization": f"Bearer {self.token(uid, **wanted)}"}
        return httpx.Client(base_url=self.base_url, timeout=ANSWER_SECONDS, headers=headers)

    def now(self) -> str:
        return str(self._ok("GET", "/sandbox/clock")["now"])

    def advance(self, *, to: str | None = None, seconds: int | None = None) -> list[dict[str, Json]]:
        """Move time; return the runs."""
        wanted = {"to": to} if to else {"advance_seconds": seconds}
        return list(self._ok("POST", "/sandbox/clock", wanted)["runs"])

    def fire(self, name: str, scheduled_at: str | None = None) -> dict[str, Json]:
        body = {"scheduled_at": scheduled_at} if scheduled_at else {}
        return dict(self._ok("POST", f"/sandbox/schedules/{name}", body))

    def drain(self, *, wait_retries: bool = False) -> dict[str, Json]:
        return dict(self._ok("POST", "/sandbox/queues/drain", {"wait_retries": wait_retries}))

    def send(self, queue: str, messages: Iterable[Json]) -> None:
        self._ok("POST", f"/sandbox/queues/{queue}/messages", list(messages))

    def quotes(self, **prices: float | None) -> None:
        self._ok("PUT", "/sandbox/market/quotes", prices)

    def bars(self, csv: str) -> None:
        self.http.put("/sandbox/market/bars", content=csv).raise_for_status()

    def recommendations(self, exchange: str | int, trade_date: str, items: Iterable[Mapping[str, Json]]) -> None:
        body = {"exchange": exchange, "trade_date": trade_date, "items": list(items)}
        self._ok("PUT", "/sandbox/recommendations", body)

    def fault(self, operation: str, fault: str, *, times: int = 1, partner: str = "market") -> None:
        body = {"partner": partner, "operation": operation, "fault": fault, "times": times}
        self._ok("POST", "/sandbox/faults", body)

    def ledger(self) -> dict[str, Json]:
        return dict(self._ok("GET", "/sandbox/ledger/check"))

    def _ok(self, method: str, path: str, body: Json = None) -> Json:
        answer = self.http.request(method, path, json=body) if body is not None else self.http.request(method, path)
        assert answer.is_success, answer.text
        return answer.json()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
