"""Draws mutations by SEED (COUNT of them, from number FIRST on) and says of each who noticed it.

The draw is by what is changed, not by where it is: code that moves keeps its mutations. ONLY has parts of the
paths to draw from, with commas between them. It works on a copy of the tree, so that nothing of it can stay behind.
ROUNDS says how far to look: 1 is the unit tests that name the module, 2 its area and whatever names it, 3 the crashes
and journeys too.
The exit code is 1 where one survived that `explained.py` gives no reason for, and 2 where one is not decided.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.changes import Mutation, Source, ranked
from tests.mutants.nearest import modules, rounds
from tests.mutants.verdicts import Baseline, Verdict, exit_code, judge, summary

ROOT = Path(__file__).resolve().parent.parent.parent
SEED, COUNT, FIRST, ROUNDS = (
    int(os.environ.get(name, default)) for name, default in (("SEED", 11), ("COUNT", 30), ("FIRST", 0), ("ROUNDS", 3))
)
ONLY = os.environ.get("ONLY", "").split(",")
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "build", "cdk.out", ".sandbox*", "__pycache__", ".*_cache", ".hypothesis"
)


def drawn(seed: int, count: int) -> list[Mutation]:
    """Return mutations drawn by a seed."""
    offered = [mutation for module in modules(ROOT) for mutation in Source.read(ROOT, module).mutations()]
    return ranked((mutation for mutation in offered if any(part in str(mutation.file) for part in ONLY)), seed)[:count]


def tried(copy: Path, mutation: Mutation, baseline: Baseline) -> Verdict:
    """Apply a mutation, run the tests, take it back; return and print the verdict."""
    before, began = (copy / mutation.file).read_bytes(), time.monotonic()
    (copy / mutation.file).write_bytes(mutation.applied(copy))
    try:
        verdict = judge(copy, mutation, rounds(copy, mutation.file)[:ROUNDS])
    finally:
        (copy / mutation.file).write_bytes(before)
    verdict = baseline.confirmed(verdict)
    sys.stdout.write(f"{mutation}\n    {verdict} ({time.monotonic() - began:.0f} s)\n")
    sys.stdout.flush()
    return verdict


def main() -> int:
    """Try every mutation that is drawn; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        os.environ["PYTHONPATH"] = "layers/trading/python"
        baseline = Baseline(copy)
        verdicts = {mutation: tried(copy, mutation, baseline) for mutation in drawn(SEED, FIRST + COUNT)[FIRST:]}
    sys.stdout.write(f"{summary(verdicts)}(seed {SEED}, from number {FIRST} on)\n")
    return exit_code(verdicts.values())


if __name__ == "__main__":
    sys.exit(main())
