"""How every demo runs: in a sandbox of its own, from its start to the check of its ledger."""

import shutil
from collections.abc import Callable

from rich.console import Console

from infra.catalogue import ROOT
from sandbox.client import SandboxClient, is_in_use, running_sandbox
from sandbox.demos.ledger import show_ledger

console = Console(width=120, highlight=False)


def run_demo(play: Callable[[SandboxClient], None], *, folder: str, start: str) -> int:
    """Play a scenario in a fresh sandbox that starts at a moment, and print its ledger; return the exit code."""
    place = ROOT / folder
    if is_in_use(place):
        console.print(f"Another demo runs in {place}; wait for its end.")
        return 1
    shutil.rmtree(place, ignore_errors=True)
    console.print("Bringing up a sandbox of the demo's own …")
    with running_sandbox(place, start=start) as sandbox:
        play(sandbox)
        return show_ledger(sandbox, console)
