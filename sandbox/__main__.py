"""`python -m sandbox`: bring Tiller up on this machine and keep it up until Ctrl-C.

PORT (8080), SANDBOX_DIR (.sandbox) and SANDBOX_START (2013-02-15T13:00:00Z) may be set.
"""

import importlib.util
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

import uvicorn
from rich.console import Console

from infra.catalogue import ROOT, TABLES
from sandbox.client import free_port
from sandbox.emulator import Emulator

DEFAULT_START = "2013-02-15T13:00:00Z"
STOP_SECONDS = 5
MAX_BYTES_OF_HEADERS = 64 * 1024
console = Console(highlight=False)


def main() -> int:
    """Run the sandbox; return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that both ways of stopping take the same path
    try:
        port, start = int(os.environ.get("PORT", "8080")), _moment(os.environ.get("SANDBOX_START", DEFAULT_START))
    except ValueError as error:
        console.print(f"PORT must be a number and SANDBOX_START a time such as {DEFAULT_START}: {error}")
        return 1
    folder = Path(os.environ.get("SANDBOX_DIR", ROOT / ".sandbox")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        if not _lock(lock):
            console.print(f"Another sandbox runs in {folder}; stop it, or set SANDBOX_DIR to another folder.")
            return 1
        if _is_taken(port):
            console.print(f"Port {port} is taken; set PORT to another one.")
            return 1
        return _run(folder, port, start)


def _run(folder: Path, port: int, start: datetime) -> int:
    tables = {_table_variable(table.name): f"tiller-local-{table.name}" for table in TABLES}
    os.environ.update(tables)
    emulator = Emulator(folder / "emulator", free_port(), tables)
    try:
        _serve(emulator, folder, port, start)
    except KeyboardInterrupt:
        pass
    except (RuntimeError, TimeoutError) as error:
        console.print(f"[red]The sandbox did not come up:[/] {error}")
        return 1
    finally:
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, signal.SIG_IGN)  # a second Ctrl-C must not cut the saving short
        kept = emulator.is_alive or emulator.process_id is None
        console.print("Stopping; the state is kept." if kept else "Stopping; the emulator died: its state is lost.")
        emulator.stop()
    return 0


def _serve(emulator: Emulator, folder: Path, port: int, start: datetime) -> None:
    url = f"http://127.0.0.1:{port}"
    os.environ.update(emulator.environment)
    console.print("Starting the emulator …")
    emulator.start()
    if emulator.was_reset:
        console.print(f"The emulator's state was reset: {emulator.reset_because}.")
    # Only now, since these modules read the environment when they are loaded.
    from sandbox.deployer import deploy, output, synthesize  # noqa: PLC0415
    from sandbox.front import front  # noqa: PLC0415
    from sandbox.gate import Gate  # noqa: PLC0415
    from sandbox.setup import control_plane  # noqa: PLC0415

    console.print("Synthesizing and deploying the template …")
    if not deploy(synthesize(folder / "assembly", url)):
        console.print("It is deployed already.")
    control = control_plane(folder, url, emulator=emulator, start=start)
    behind = front(control, api_base=emulator.api_base(output("tiller-local-api", "ApiId")), url=url)
    app = Gate(behind, emulator_lives=lambda: emulator.is_alive)
    console.print(_ready(url, emulator.url))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="critical",
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=MAX_BYTES_OF_HEADERS,
    )
    uvicorn.Server(config).run()


def _table_variable(name: str) -> str:
    return f"TABLE_{name.upper().replace('-', '_')}"


def _ready(url: str, aws: str) -> str:
    return (
        f"\n[bold green]Tiller is up[/] at {url}\n\n"
        f"  {url}/docs                     the API\n"
        f'  curl -X POST {url}/sandbox/tokens -d \'{{"uid": "ada"}}\'\n'
        f"  curl {url}/sandbox/clock\n"
        "  make demo                                      a week of trading\n"
        f"  AWS_ENDPOINT_URL={aws}         the emulator, for the AWS CLI\n\n"
        "Ctrl-C stops it and keeps the state."
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC)


def _lock(lock: IO[str]) -> bool:
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except OSError:
        return False
    return True


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _with_our_code() -> None:
    """Start over with our layer on the path, where nothing has put it there."""
    if importlib.util.find_spec("trading") is None:
        path = os.pathsep.join(filter(None, (str(ROOT / "layers/trading/python"), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "sandbox", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - this very program


if __name__ == "__main__":
    _with_our_code()
    sys.exit(main())
