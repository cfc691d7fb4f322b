"""The AWS emulator: the one module that knows its name.

It saves its state on a graceful stop only. A marker lies in its folder while it runs, so that a
start after an unclean end finds it, empties the folder and says so.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 30
STOP_SECONDS = 20
WARM_SECONDS = "900"
INHERITED = ("HOME", "LANG", "LC_ALL", "VIRTUAL_ENV")


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

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            TimeoutError: if it does not come up.
        """
        marker = self.folder / "running"
        if marker.exists():
            shutil.rmtree(self.folder)
            self.was_reset = True
        self.folder.mkdir(parents=True, exist_ok=True)
        marker.touch()
        log = (self.folder / "emulator.log").open("ab")
        command = [sys.executable, "-m", "ministack"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=self._process_environment(), stdout=log, stderr=log, start_new_session=True
        )
        self._wait_until_up()

    def stop(self) -> None:
        """Stop gracefully, so that the state is saved."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
            (self.folder / "running").unlink(missing_ok=True)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _process_environment(self) -> dict[str, str]:
        # Workers inherit this environment, so nothing of ours may be in it but what Lambda would have.
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        venv = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        own = {
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
            "TMPDIR": str(self._temporary()),
            "LOG_LEVEL": os.environ.get("EMULATOR_LOG_LEVEL", "WARNING"),
            "PYTHONWARNINGS": "ignore",
        }
        return {**inherited, **venv, **self.environment, **own}

    def _temporary(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1):  # noqa: S310 - loopback
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the emulator did not come up; see emulator.log in its folder")
