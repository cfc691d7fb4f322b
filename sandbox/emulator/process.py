"""The emulator as a process of its own, with its state in a folder.

It saves its state on a graceful stop only. A marker lies in its folder while it runs, and goes when
it has saved; a start that finds the marker of a dead one empties the folder and says so. The
process ends itself, gracefully, when the sandbox that started it is gone, however that ended.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from sandbox.emulator.indexes import INDEXES_ROUTE
from sandbox.emulator.queues import OWN_ROUTE
from sandbox.emulator.rights import AUDIT

REPOSITORY = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 30
STOP_SECONDS = 20
WARM_SECONDS = "300"
INHERITED = ("HOME", "LANG", "LC_ALL", "VIRTUAL_ENV", AUDIT)
MARKER, SHARED = "TILLER_EMULATOR_MARKER", "TILLER_EMULATOR_SHARED"
LAYOUT = "3"
"""How state lies in a folder; one that lies otherwise cannot be taken up."""
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Sample:
    """A value of a metric that a function reported."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Work:
    """What waits and what is worked on, at one moment.

    `batches` functions work on; each queue, by its full name, has messages visible and hidden, and if
    any, a moment at which the oldest was sent and its age, in seconds. `samples` were reported since the
    last time that somebody asked.
    """

    batches: int
    queues: Mapping[str, tuple[int, int]]
    oldest: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class IndexEntries:
    """Entries of an index: all of them, or those under a prefix of its hash key, ordered by a moment as range key."""

    table: str
    hash_key: str
    range_key: str
    prefix: str | None


@dataclass
class Emulator:
    """One emulator process on 127.0.0.1 with its state in a folder.

    `shared` is the environment in which the code that all functions share is loaded, once.
    """

    folder: Path
    port: int
    shared: Mapping[str, str] = field(default_factory=dict)
    reset_because: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _asking: HTTPConnection | None = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def url(self) -> str:
        """Return the endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment in which AWS clients talk to the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }

    def api_base(self, api_id: str) -> tuple[str, str]:
        """Return the URL of an HTTP API's default stage, and the Host header that it is known by."""
        return self.url, f"{api_id}.execute-api.localhost:{self.port}"

    def work(self) -> Work:
        """Return what waits and what is worked on right now; nothing is between the two."""
        counts: dict[str, Any] = self._ask(OWN_ROUTE)
        return Work(
            counts["batches"],
            {name: (visible, hidden) for name, (visible, hidden, _) in counts["queues"].items()},
            {name: (oldest[0], oldest[1]) for name, (_, _, oldest) in counts["queues"].items() if oldest},
            tuple(Sample(**sample) for sample in counts["samples"]),
        )

    def earliest(self, indexes: Sequence[IndexEntries]) -> list[int | None]:
        """Return the earliest moment of each of some indexes; 0 means any entry, None for there being none."""
        asked: list[int | None] = self._ask(INDEXES_ROUTE, json.dumps(list(map(asdict, indexes))).encode())
        return asked

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            TimeoutError: if it does not come up, or another one still works in the folder.
        """
        self._clear_after_unclean_end()
        # The code of the workers of former starts lies there, a hundred megabytes each time.
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        self._layout.write_text(LAYOUT)
        with (self.folder / "emulator.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.emulator.server"],
                cwd=REPOSITORY,
                env=self.process_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_up(self._process)

    def stop(self) -> None:
        """Stop gracefully, so that the state is saved."""
        self._hang_up()
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def process_environment(self) -> dict[str, str]:
        """Return the environment of the emulator and of the functions that it runs."""
        # Workers inherit this environment, so nothing of ours may be in it but what Lambda would have.
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_WARM_TTL_SECONDS": WARM_SECONDS,
            "TMPDIR": str(self.folder / "tmp"),
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
            MARKER: str(self._marker),
            SHARED: json.dumps(dict(self.shared)),
        }
        return {**inherited, **self.environment, **own}

    @property
    def process_id(self) -> int | None:
        """Return the process's number, if there is one."""
        return self._process.pid if self._process else None

    def _ask(self, route: str, body: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
        with self._turn:
            self._asking = self._asking or HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
            try:
                self._asking.request("POST" if body else "GET", route, body)
                return json.load(self._asking.getresponse())
            except BaseException:
                self._hang_up()
                raise

    def _hang_up(self) -> None:
        if self._asking is not None:
            self._asking.close()
            self._asking = None

    @property
    def was_reset(self) -> bool:
        """Say whether the start emptied the folder."""
        return bool(self.reset_because)

    @property
    def is_alive(self) -> bool:
        """Say whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def _layout(self) -> Path:
        return self.folder / "layout"

    @property
    def _marker(self) -> Path:
        return self.folder / "running"

    def _clear_after_unclean_end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while _is_held(self._marker):
            if time.monotonic() > deadline:
                raise TimeoutError(f"another emulator still works in {self.folder}")
            time.sleep(POLL_SECONDS)
        if self._marker.exists():
            self.reset_because = "it was not stopped cleanly last time"
        elif self.folder.exists() and not self._has_this_layout():
            self.reset_because = "an older version of it left the folder"
        if self.was_reset:
            shutil.rmtree(self.folder)

    def _has_this_layout(self) -> bool:
        return self._layout.exists() and self._layout.read_text() == LAYOUT

    def _wait_until_up(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError, ValueError, HTTPException):
                # Somebody else's server may answer at the port, and ours be about to find that out.
                if self._ask(OWN_ROUTE).get("process") == process.pid:
                    return
            time.sleep(POLL_SECONDS)
        self.stop()
        raise TimeoutError(f"the emulator did not come up; see {self.folder / 'emulator.log'}")


def _is_held(marker: Path) -> bool:
    if not marker.exists():
        return False
    with marker.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
