"""What became of a mutation: noticed by a test, survived, explained, or undecided."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.mutants.changes import Mutation
from tests.mutants.explained import EXPLAINED

TIMEOUT_SECONDS = 600
RED, TESTS_DO_NOT_STAND = 1, 2
"""pytest's exit codes where a test failed, and where a module or a test could not even be read."""


class Outcome(StrEnum):
    """How a mutation ended. Only SURVIVED says that a test is missing, and UNDECIDED says nothing at all."""

    NOTICED = "noticed"
    EXPLAINED = "explained"
    SURVIVED = "SURVIVED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Verdict:
    """An outcome, with the test that noticed it or the reason; `file` is where that test is."""

    outcome: Outcome
    why: str
    file: str = ""

    def __str__(self) -> str:
        """Return both on one line."""
        return f"{self.outcome}: {self.why}"


def judge(copy: Path, mutation: Mutation, groups: Sequence[list[str]]) -> Verdict:
    """Return what became of a mutation that is in the copy, one group of tests after the other."""
    for files in groups:
        found = run_tests(copy, files)
        if found is not None:
            return found
    reason = EXPLAINED.get((str(mutation.file), mutation.code, mutation.text))
    return Verdict(Outcome.EXPLAINED, reason) if reason else Verdict(Outcome.SURVIVED, "no near test noticed it")


def run_tests(copy: Path, files: Sequence[str], timeout: float = TIMEOUT_SECONDS) -> Verdict | None:
    """Run test files; return what they say of the mutation, or None where all of them pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    try:
        done = subprocess.run(  # noqa: S603 - our own tests
            command, cwd=copy, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict(Outcome.UNDECIDED, f"its tests took more than {timeout:.0f} s")
    if done.returncode in {RED, TESTS_DO_NOT_STAND}:
        named = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        first = (named or ["an error"])[0]
        file = next((file for file in files if file in first), "")
        return Verdict(Outcome.NOTICED, first[:150], file)
    return Verdict(Outcome.UNDECIDED, f"pytest ended with {done.returncode}") if done.returncode else None


@dataclass
class Baseline:
    """The tests without any mutation: only what is green then can have noticed one. Each file is tried once."""

    copy: Path
    known: dict[str, bool] = field(default_factory=dict)

    def confirmed(self, verdict: Verdict) -> Verdict:
        """Return a verdict, once the tests that noticed are green on the tree as it was."""
        if verdict.outcome is not Outcome.NOTICED or self._is_green(verdict.file):
            return verdict
        return Verdict(Outcome.UNDECIDED, f"red without it, too: {verdict.why}")

    def _is_green(self, file: str) -> bool:
        if file not in self.known:
            self.known[file] = bool(file) and run_tests(self.copy, [file]) is None
        return self.known[file]


def summary(verdicts: dict[Mutation, Verdict]) -> str:
    """Return how many ended in each way, and every one that nothing noticed."""
    ended = [verdict.outcome for verdict in verdicts.values()]
    counts = ", ".join(f"{ended.count(outcome)} {outcome.lower()}" for outcome in Outcome)
    unseen = [
        f"  {mutation}\n      {verdict}\n"
        for mutation, verdict in verdicts.items()
        if verdict.outcome is not Outcome.NOTICED
    ]
    return f"\n{len(verdicts)} mutations: {counts}\n{''.join(unseen)}"


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """Return 1 where a mutation survived without a reason, 2 where one is undecided only, otherwise 0."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.SURVIVED in outcomes:
        return 1
    return 2 if Outcome.UNDECIDED in outcomes else 0
