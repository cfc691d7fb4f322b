"""The AWS emulator: the one module that knows its name.

It saves its state on a graceful stop only. A marker lies in its folder while it runs, and goes when
it has saved; a start that finds the marker of a dead one empties the folder and says so. The
process ends itself, gracefully, when the sandbox that started it is gone, however that ended.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 30
STOP_SECONDS = 20
WARM_SECONDS = "900"
INHERITED = ("HOME", "LANG", "LC_ALL", "VIRTUAL_ENV")
MARKER = "TILLER_EMULATOR_MARKER"
OWN_ROUTE = "/_sandbox"
VISIBLE, HIDDEN = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Work:
    """What waits and what is worked on, at one moment.

    `batches` functions work on; each queue, by its full name, has messages visible and hidden.
    """

    batches: int
    queues: Mapping[str, tuple[int, int]]


@dataclass
class Emulator:
    """One emulator process on 127.0.0.1 with its state in a folder."""

    folder: Path
    port: int
    was_reset: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

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
        told = self._ask()
        return Work(told["batches"], {name: (visible, hidden) for name, (visible, hidden) in told["queues"].items()})

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            TimeoutError: if it does not come up, or another one still works in the folder.
        """
        self._clear_after_unclean_end()
        # The code of the workers of former starts lies there, a hundred megabytes each time.
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        with (self.folder / "emulator.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-P", __file__],
                env=self.process_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_up(self._process)

    def stop(self) -> None:
        """Stop gracefully, so that the state is saved."""
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
        }
        return {**inherited, **self.environment, **own}

    @property
    def process_id(self) -> int | None:
        """Return the process's number, if there is one."""
        return self._process.pid if self._process else None

    def _ask(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + OWN_ROUTE, timeout=START_SECONDS) as answer:  # noqa: S310 - loopback
            told: dict[str, Any] = json.load(answer)
            return told

    @property
    def _marker(self) -> Path:
        return self.folder / "running"

    def _clear_after_unclean_end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while _is_held(self._marker):
            if time.monotonic() > deadline:
                raise TimeoutError(f"another emulator still works in {self.folder}")
            time.sleep(LOOK_EVERY_SECONDS)
        if self._marker.exists():
            shutil.rmtree(self.folder)
            self.was_reset = True

    def _wait_until_up(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError, ValueError):
                # Somebody else's server may answer at the port, and ours be about to find that out.
                if self._ask().get("process") == process.pid:
                    return
            time.sleep(LOOK_EVERY_SECONDS)
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


def _serve() -> None:
    """Be the emulator, until the sandbox closes our standard input or dies."""
    from ministack import app as emulator  # type: ignore[import-untyped]  # noqa: PLC0415 - in its own process alone

    marker = Path(os.environ.pop(MARKER))
    with marker.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        threading.Thread(target=_end_with_standard_input, daemon=True).start()
        emulator.app = _telling_more(emulator.app)
        with suppress(SystemExit):
            emulator.main()
        marker.unlink(missing_ok=True)


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _telling_more(app: Any) -> Any:  # noqa: ANN401 - an ASGI application
    """Add what no AWS call tells: all queues at one moment, and how many batches of messages are worked on."""
    from ministack.services import lambda_svc, sqs  # type: ignore[import-untyped]  # noqa: PLC0415

    turn, take = threading.Lock(), lambda_svc._poll_sqs

    def take_in_turn() -> Any:  # noqa: ANN401 - what it tells is its own
        with turn:
            return take()

    def told() -> dict[str, Any]:
        # Nothing is taken meanwhile, so each message is either in its queue or at work. Batches come first:
        # one that ends meanwhile has sent by then what it sends.
        with turn:
            batches = sum(lambda_svc._esm_inflight.values())
            queues = list(sqs._queues._data.values())
            for each in queues:
                sqs._refresh_counts(each)
            return {"process": os.getpid(), "batches": batches, "queues": dict(map(_counted, queues))}

    async def telling(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        if scope["type"] == "http" and scope["path"] == OWN_ROUTE:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(await asyncio.to_thread(told)).encode()})
        else:
            await app(scope, receive, send)

    lambda_svc._poll_sqs = take_in_turn
    return telling


def _counted(queue: Mapping[str, Any]) -> tuple[str, tuple[int, int]]:
    counts = queue["attributes"]
    return queue["name"], (int(counts[VISIBLE]), int(counts[HIDDEN]))


if __name__ == "__main__":
    _serve()
