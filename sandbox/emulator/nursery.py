"""The process that functions' workers are forked from: it has loaded what all of them share.

It runs alone, with the standard library only, in one thread. Each request brings the worker's three
pipes and a connection that the worker alone keeps, so that it ends when the worker does. When nobody is
left to ask, all workers die with this process.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

OUR_CODE = "trading"
SERVICES = ("dynamodb", "sqs", "ssm", "secretsmanager", "kms", "s3")
MAX_BYTES = 1_000_000
STANDARD = (0, 1, 2)
PR_SET_PDEATHSIG = 1


def main(number: str) -> None:
    """Load what workers share in the environment that comes first, then fork one for each request."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nobody needs to wait for the dead
    with socket.socket(fileno=int(number)) as asked:
        load(json.loads(_rest_of(asked, b"")))
        asked.sendall(b"ready\n")
        while True:
            request, handles, _, _ = socket.recv_fds(asked, MAX_BYTES, len(STANDARD) + 1)
            request = _rest_of(asked, request)
            if not request:
                os.killpg(0, signal.SIGKILL)
            asked.sendall(f"{_fork(asked, request, handles)}\n".encode())


def _rest_of(asked: socket.socket, line: bytes) -> bytes:
    """Return a line of which some may have come; nothing if nobody is there."""
    while not line.endswith(b"\n"):
        more = asked.recv(MAX_BYTES)
        if not more:
            return b""
        line += more
    return line


def load(environment: dict[str, str]) -> None:
    """Import our layer's modules and read the services' descriptions; leave nothing behind that is one function's."""
    sys.stdout = sys.stderr  # whoever keeps the stream must not write into a worker's answers
    os.environ.update(environment)
    layers = [str(Path(layer) / "python") for layer in environment["_LAMBDA_LAYERS_DIRS"].split(os.pathsep)]
    sys.path[:0] = layers
    _share_descriptions()
    for found in pkgutil.walk_packages([str(Path(layer) / OUR_CODE) for layer in layers], f"{OUR_CODE}."):
        with contextlib.suppress(ImportError):
            importlib.import_module(found.name)
    _read_descriptions()
    _forget()
    gc.collect()
    gc.freeze()


def _share_descriptions() -> None:
    """Have all loaders of descriptions share what one has read; each session has one that lists 900 folders."""
    from botocore import loaders  # noqa: PLC0415 - the path is complete only now

    loader_class: Any = loaders.Loader
    begin = loader_class.__init__
    shared: dict[Any, Any] = {}

    def begin_sharing(loader: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - the loader's
        begin(loader, *arguments, **named)
        loader._cache = shared

    loader_class.__init__ = begin_sharing


def _read_descriptions() -> None:
    import boto3  # noqa: PLC0415

    for service in SERVICES:
        make: Any = boto3.client
        make(service)
    # Whose keys it uses is asked for with its first client, and that is the worker's.
    boto3.DEFAULT_SESSION = None
    boto3.setup_default_session()
    "".encode("idna")  # what a first connection imports


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == OUR_CODE:
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def _fork(asked: socket.socket, request: bytes, handles: list[int]) -> int:
    number = os.fork()
    if number == 0:
        asked.close()
        _be_worker(json.loads(request), handles[: len(STANDARD)])
    for handle in handles:
        os.close(handle)
    return number


def _be_worker(request: dict[str, Any], pipes: list[int]) -> NoReturn:
    """Become what a fresh interpreter would be that runs a script, and run it."""
    try:
        for pipe, standard in zip(pipes, STANDARD, strict=True):
            os.dup2(pipe, standard)
            os.close(pipe)
        _take_over(request)
        script = str(request["script"])
        exec(compile(Path(script).read_text(), script, "exec"), {"__name__": "__main__"})  # noqa: S102 - a worker's
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0)


def _take_over(request: dict[str, Any]) -> None:
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.argv = [request["script"]]
    sys.stdin = os.fdopen(STANDARD[0], encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__


if __name__ == "__main__":
    main(*sys.argv[1:])
