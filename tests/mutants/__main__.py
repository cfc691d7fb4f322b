"""Draws mutations by SEED (COUNT of them, from number FIRST on) and prints those that no near test noticed.

It works on a copy of the tree, so that nothing of it can stay behind. A mutation that has the tests hang counts
as noticed. The exit code says whether any survived.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.changes import Mutation, Source
from tests.mutants.nearest import modules, rounds

ROOT = Path(__file__).resolve().parent.parent.parent
SEED, COUNT, FIRST = (
    int(os.environ.get(name, default)) for name, default in (("SEED", 11), ("COUNT", 30), ("FIRST", 0))
)
TIMEOUT_SECONDS = 400
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "build", "cdk.out", ".sandbox*", "__pycache__", ".*_cache", ".hypothesis"
)


def drawn(seed: int, count: int) -> list[Mutation]:
    """Return mutations drawn at random, the same for the same seed and tree."""
    offered = [each for module in modules(ROOT) for each in Source.read(ROOT, module).mutations()]
    random.Random(seed).shuffle(offered)  # noqa: S311 - a draw is no secret
    return offered[:count]


def killer(copy: Path, mutation: Mutation) -> str | None:
    """Return what noticed a mutation, or None."""
    for files in rounds(copy, mutation.file):
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
        try:
            done = subprocess.run(  # noqa: S603 - our own tests
                command, cwd=copy, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return "a timeout"
        if done.returncode != 0:
            named = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            return (named or ["an error"])[0][:150]
    return None


def survives(copy: Path, mutation: Mutation) -> bool:
    """Apply a mutation, look who notices, take it back; say whether nobody did."""
    before, began = (copy / mutation.file).read_bytes(), time.monotonic()
    (copy / mutation.file).write_bytes(mutation.applied(copy))
    try:
        noticed = killer(copy, mutation)
    finally:
        (copy / mutation.file).write_bytes(before)
    told = f"noticed by {noticed}" if noticed else "SURVIVED"
    sys.stdout.write(f"{mutation}\n    {told} ({time.monotonic() - began:.0f} s)\n")
    sys.stdout.flush()
    return noticed is None


def main() -> int:
    """Try every mutation that is drawn; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        os.environ["PYTHONPATH"] = "layers/trading/python"
        mutations = drawn(SEED, FIRST + COUNT)[FIRST:]
        survivors = [each for each in mutations if survives(copy, each)]
    sys.stdout.write(f"\n{len(survivors)} of {len(mutations)} survived (seed {SEED})\n")
    sys.stdout.writelines(f"  {each}\n" for each in survivors)
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
