"""`python -m infra.sandbox`: bring Tiller up on this machine and keep it up until Ctrl-C.

PORT (8080), SANDBOX_DIR (.sandbox) and SANDBOX_START (2013-02-15T13:00:00Z) may be set.
"""

import os
import socket
import sys
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

import uvicorn
from rich.console import Console

from infra.catalogue import ROOT, TABLES
from infra.sandbox.emulator import Emulator

DEFAULT_START = "2013-02-15T13:00:00Z"
STOP_SECONDS = 5
console = Console(highlight=False)


def main() -> int:
    """Run the sandbox; return the exit code."""
    port = int(os.environ.get("PORT", "8080"))
    folder = Path(os.environ.get("SANDBOX_DIR", ROOT / ".sandbox")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        if not _locked(lock):
            console.print(f"Another sandbox runs in {folder}; stop it, or set SANDBOX_DIR to another folder.")
            return 1
        if _is_taken(port):
            console.print(f"Port {port} is taken; set PORT to another one.")
            return 1
        emulator = Emulator(folder / "emulator", _free_port())
        try:
            _serve(emulator, folder, port)
        finally:
            console.print("Stopping; the state is kept.")
            emulator.stop()
    return 0


def _serve(emulator: Emulator, folder: Path, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    os.environ.update(emulator.environment)
    os.environ.update({f"TABLE_{table.name.upper()}": f"tiller-local-{table.name}" for table in TABLES})
    console.print("Starting the emulator …")
    emulator.start()
    if emulator.was_reset:
        console.print("The emulator was not stopped cleanly last time: its state was reset.")
    # Only now, since these modules read the environment when they are loaded.
    from infra.sandbox.deployer import deploy, output, synthesize  # noqa: PLC0415
    from infra.sandbox.front import front  # noqa: PLC0415
    from infra.sandbox.setup import control_plane  # noqa: PLC0415

    console.print("Synthesizing and deploying the template …")
    if not deploy(synthesize(folder / "assembly", url)):
        console.print("It is deployed already.")
    control = control_plane(folder, url, start=os.environ.get("SANDBOX_START", DEFAULT_START))
    app = front(control, api_base=emulator.api_base(output("tiller-local-api", "ApiId")), url=url)
    console.print(_ready(url))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=STOP_SECONDS
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _ready(url: str) -> str:
    return (
        f"\n[bold green]Tiller is up[/] at {url}\n\n"
        f"  {url}/docs                     the API\n"
        f'  curl -X POST {url}/sandbox/tokens -d \'{{"uid": "ada"}}\'\n'
        f"  curl {url}/sandbox/clock\n"
        "  make demo                                      a week of trading\n\n"
        "Ctrl-C stops it and keeps the state."
    )


def _locked(lock: IO[str]) -> bool:
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
