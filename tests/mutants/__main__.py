"""Draws mutations by SEED (COUNT of them, from number FIRST on) and prints those that no near test noticed.

It works on a copy of the tree, so that nothing of it can stay behind. ROUNDS says how far to look: 1 is the unit
tests that name the module, 2 its area and whatever names it, 3 the crashes and journeys too. The exit code says
whether any was not noticed.
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
SEED, COUNT, FIRST, ROUNDS = (
    int(os.environ.get(name, default)) for name, default in (("SEED", 11), ("COUNT", 30), ("FIRST", 0), ("ROUNDS", 3))
)
TIMEOUT_SECONDS = 600
SURVIVED, UNDECIDED = "SURVIVED", "UNDECIDED after a timeout"
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "build", "cdk.out", ".sandbox*", "__pycache__", ".*_cache", ".hypothesis"
)


def drawn(seed: int, count: int) -> list[Mutation]:
    """Return mutations drawn at random, the same for the same seed and tree."""
    offered = [each for module in modules(ROOT) for each in Source.read(ROOT, module).mutations()]
    random.Random(seed).shuffle(offered)  # noqa: S311 - a draw is no secret
    return offered[:count]


def verdict(copy: Path, mutation: Mutation) -> str:
    """Return what became of a mutation: which test noticed it, or that none did."""
    for files in rounds(copy, mutation.file)[:ROUNDS]:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
        try:
            done = subprocess.run(  # noqa: S603 - our own tests
                command, cwd=copy, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return UNDECIDED
        if done.returncode != 0:
            named = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            return f"noticed by {(named or ['an error'])[0][:150]}"
    return SURVIVED


def tried(copy: Path, mutation: Mutation) -> str:
    """Apply a mutation, look who notices, take it back; return and print the verdict."""
    before, began = (copy / mutation.file).read_bytes(), time.monotonic()
    (copy / mutation.file).write_bytes(mutation.applied(copy))
    try:
        told = verdict(copy, mutation)
    finally:
        (copy / mutation.file).write_bytes(before)
    sys.stdout.write(f"{mutation}\n    {told} ({time.monotonic() - began:.0f} s)\n")
    sys.stdout.flush()
    return told


def main() -> int:
    """Try every mutation that is drawn; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        os.environ["PYTHONPATH"] = "layers/trading/python"
        mutations = drawn(SEED, FIRST + COUNT)[FIRST:]
        verdicts = {each: tried(copy, each) for each in mutations}
    survivors = [each for each, told in verdicts.items() if told in {SURVIVED, UNDECIDED}]
    sys.stdout.write(f"\n{len(survivors)} of {len(mutations)} were not noticed (seed {SEED})\n")
    sys.stdout.writelines(f"  {verdicts[each]}: {each}\n" for each in survivors)
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
