"""The emulator's workers: forked from one process that has loaded what they share, and few that are idle.

A spawned worker costs seventy megabytes and more than a second; a forked one a third of that, and
hardly any time. So none needs to be kept for long, not even a function's only one.
"""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

NURSERY = Path(__file__).with_name("nursery.py")
LAYERS = "_LAMBDA_LAYERS_DIRS"
MAX_IDLE = 40
DRAIN_SECONDS = (0.005, 0.002, 0.05)
"""How long lines of log are waited for after an answer: the first one, the next one, all of them."""


class Forked:
    """A worker as `subprocess` would show it; its connection is open while it lives."""

    def __init__(
        self, connection: socket.socket, pid: int, pipes: Sequence[int], on_line: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._alive = True
        self.pid = pid
        self.stdin = os.fdopen(pipes[0], "w", buffering=1)
        self.stdout = os.fdopen(pipes[1], "r")
        self.stderr = Tee(os.fdopen(pipes[2], "r"), on_line)

    def poll(self) -> int | None:
        """Return None while it lives."""
        return self._wait_for_end(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: if it has not.
        """
        ended = self._wait_for_end(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(str(NURSERY), timeout or 0)
        return ended

    def terminate(self) -> None:
        """End it."""
        self.kill()

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, 9)

    def close(self) -> None:
        """End it, and let go of its pipes."""
        self.kill()
        self._connection.close()
        for pipe in (self.stdin, self.stdout, self.stderr.stream):
            pipe.close()

    def _wait_for_end(self, seconds: float | None) -> int | None:
        if self._alive:
            self._connection.settimeout(seconds)
            try:
                self._alive = bool(self._connection.recv(1))
            except (BlockingIOError, TimeoutError):
                return None
            except OSError:
                self._alive = False
            if not self._alive:
                self._connection.close()
        return None if self._alive else 0


@dataclass
class Tee:
    """A worker's log; each line is shown to somebody else, too."""

    stream: IO[str]
    on_line: Callable[[str], None]

    def __iter__(self) -> "Tee":
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line."""
        line = self.stream.readline()
        if not line:
            raise StopIteration
        self.on_line(line)
        return line

    def lines(self, count: int) -> Iterator[str]:
        """Yield so many lines."""
        for _ in range(count):
            yield next(self)

    def read(self, size: int = -1) -> str:
        """Return what there is."""
        return self.stream.read(size)


@dataclass
class Nursery:
    """The process that workers of one set of layers are forked from; started when the first one is asked for."""

    environment: Mapping[str, str]
    _process: "subprocess.Popen[bytes] | None" = None
    _asking: socket.socket | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fork(self, request: Mapping[str, Any], on_line: Callable[[str], None]) -> Forked:
        """Have a worker forked; `request` has its script, folder and environment."""
        (in_, stdin), (stdout, out), (stderr, err) = os.pipe(), os.pipe(), os.pipe()
        life, theirs = socket.socketpair()
        try:
            with self._lock:
                pid = self._ask_again(request, [in_, out, err, theirs.fileno()])
        finally:
            theirs.close()
            for end in (in_, out, err):
                os.close(end)
        return Forked(life, pid, [stdin, stdout, stderr], on_line)

    def close(self) -> None:
        """End the process, and all workers with it."""
        with self._lock:
            if self._asking is not None and self._process is not None:
                self._asking.close()
                self._process.wait()
                self._asking = self._process = None

    def _ask_again(self, request: Mapping[str, Any], handles: list[int]) -> int:
        try:
            return self._ask(request, handles)
        except (OSError, RuntimeError):  # it died between two requests
            self._process = None
            return self._ask(request, handles)

    def _ask(self, request: Mapping[str, Any], handles: list[int]) -> int:
        asking = self._asking
        if asking is None or self._process is None or self._process.poll() is not None:
            asking = self._asking = self._start({**self.environment, **request["environment"]})
        text = json.dumps(request).encode() + b"\n"
        asking.sendall(text[socket.send_fds(asking, [text], handles) :])
        return int(_line(asking))

    def _start(self, environment: Mapping[str, str]) -> socket.socket:
        if self._asking is not None:
            self._asking.close()
        asking, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-P", str(NURSERY), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        asking.sendall(json.dumps(dict(environment)).encode() + b"\n")
        _line(asking)
        return asking


def _line(connection: socket.socket) -> str:
    text = b""
    while not text.endswith(b"\n"):
        more = connection.recv(1)
        if not more:
            raise RuntimeError("the process that workers are forked from is gone")
        text += more
    return text.decode()


@dataclass
class Workers:
    """Takes the place of `subprocess` where the emulator starts workers; our code is loaded in `environment`."""

    folder: Path
    environment: Mapping[str, str]
    on_line: Callable[[str], None]
    _nurseries: dict[str, Nursery] = field(default_factory=dict)
    _layers: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """Have the emulator start and end its workers so."""
        from ministack.core import lambda_runtime  # type: ignore[import-untyped]  # noqa: PLC0415
        from ministack.services import lambda_svc  # type: ignore[import-untyped]  # noqa: PLC0415

        lambda_runtime.subprocess = self
        lambda_runtime.Worker._spawn = self._noting_layers(lambda_runtime.Worker._spawn)
        lambda_svc._resolve_layer_zip = self._unpacking_once(lambda_svc._resolve_layer_zip)
        lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = DRAIN_SECONDS
        release = _releasing(lambda_runtime)
        lambda_runtime.release_worker = lambda_svc.release_worker = release

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever `subprocess` has
        """Return what else `subprocess` has."""
        return getattr(subprocess, name)

    def Popen(self, command: Sequence[str], **more: Any) -> Any:  # noqa: N802, ANN401 - as in `subprocess`
        """Start a worker; anything else is started as ever."""
        layers = getattr(self._layers, "folders", None)
        if layers is None or command[0] != sys.executable:
            return subprocess.Popen(command, **more)  # noqa: S603 - the emulator's own
        environment = {**more["env"], LAYERS: os.pathsep.join(layers)}
        request = {"script": command[1], "folder": more["cwd"], "environment": environment}
        return self._nursery(environment[LAYERS]).fork(request, self.on_line)

    def _nursery(self, layers: str) -> Nursery:
        with self._lock:
            return self._nurseries.setdefault(layers, Nursery(self.environment))

    def _noting_layers(self, spawn: Callable[[Any], None]) -> Callable[[Any], None]:
        def spawn_noting(worker: Any) -> None:  # noqa: ANN401 - the emulator's
            self._layers.folders = []
            try:
                spawn(worker)
            finally:
                self._layers.folders = None

        return spawn_noting

    def _unpacking_once(self, resolve: Callable[[Any], bytes | None]) -> Callable[[Any], bytes | None]:
        """Answer nothing where a worker is started: its layers are noted, and lie unpacked for all workers."""

        def resolve_once(attachment: Any) -> bytes | None:  # noqa: ANN401 - the emulator's
            packed = resolve(attachment)
            folders = getattr(self._layers, "folders", None)
            if packed is None or folders is None:
                return packed
            folders.append(str(self._unpacked(packed)))
            return None

        return resolve_once

    def _unpacked(self, packed: bytes) -> Path:
        folder = self.folder / hashlib.sha256(packed).hexdigest()
        with self._lock:
            if not folder.exists():
                coming = folder.with_suffix(".coming")
                with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                    archive.extractall(coming)
                coming.rename(folder)
        return folder


def _releasing(runtime: Any) -> Callable[[Any], None]:  # noqa: ANN401 - the emulator's module
    release = runtime.release_worker

    def release_and_bound(worker: Any) -> None:  # noqa: ANN401 - the emulator's
        release(worker)
        if worker is not None:
            worker.last_used = time.time()
            runtime.kill_workers(surplus(runtime))

    return release_and_bound


def surplus(runtime: Any) -> list[Any]:  # noqa: ANN401 - the emulator's module
    """Take out of the pools those workers that were idle for longest, beyond as many as may be."""
    with runtime._lock:
        idle = [worker for pool in runtime._workers.values() for worker in pool if not worker.in_use]
        spare = sorted(idle, key=lambda worker: worker.last_used)[:-MAX_IDLE]
        for key, pool in list(runtime._workers.items()):
            runtime._workers[key] = [worker for worker in pool if worker not in spare]
    return spare
