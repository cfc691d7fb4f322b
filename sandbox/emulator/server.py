"""`python -m sandbox.emulator.server`: be the emulator, until standard input is closed."""

import fcntl
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sandbox.emulator import expressions, http_server, indexes, process, queues, rights, streams
from sandbox.emulator.samples import Samples
from sandbox.emulator.workers import Workers


def main() -> None:
    """Serve until the sandbox closes our standard input or dies; the marker lies there meanwhile."""
    marker, shared = Path(os.environ.pop(process.MARKER)), json.loads(os.environ.pop(process.SHARED))
    with marker.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        threading.Thread(target=_end_with_standard_input, daemon=True).start()
        _serve(shared)
        marker.unlink(missing_ok=True)


def _serve(shared: Mapping[str, str]) -> None:
    from ministack import app as emulator  # type: ignore[import-untyped]  # noqa: PLC0415 - after the marker is held

    queues.pin_names()
    expressions.parse_once()
    samples = Samples()
    rights.enforce()
    Workers(Path(os.environ["TMPDIR"]) / "layers", shared, samples.read).install()
    http_server.install()
    app = queues.with_counts(emulator.app, samples.take, streams.follow_streams())
    emulator.app = indexes.with_indexes(app, process.ACCOUNT, process.REGION)
    with suppress(SystemExit):
        emulator.main()


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
