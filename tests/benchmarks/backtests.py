"""Seconds and memory of a back-test of ten years of five symbols, in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from infra.catalogue import ROOT
from tests.benchmarks.figures import Figure
from tests.support.backtest_jobs import specification
from tests.support.panels import random_panel
from trading.backtest.execution import days_of, execute
from trading.backtest.specification import NO_RAILS
from trading.signals.features import WINDOW
from trading.signals.strategies import BaselineStrategy

SESSIONS, SYMBOLS = 2_520, 5
MAX_SECONDS = 8.0
MAX_MB = 400


def figures() -> Iterator[Figure]:
    """Measure both with rails, and without them, when nothing keeps from trading each day."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "trading" / "python")))
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.backtests"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    yield Figure("back-test, 5 symbols in ten years, with rails", found["railed"], "s", MAX_SECONDS)
    yield Figure("back-test, 5 symbols in ten years, without rails", found["free"], "s", MAX_SECONDS)
    yield Figure("memory of these back-tests", found["memory"], "MB", MAX_MB)


def measure() -> dict[str, float]:
    """Return the processor's seconds of each run, and the most memory that they took, in MB."""
    panel = random_panel(SESSIONS + WINDOW, SYMBOLS)
    wanted = specification(panel, since=panel.days[WINDOW].item())
    seconds = {}
    for name, asked in (("railed", wanted), ("free", specification(panel, since=wanted.since, rails=NO_RAILS))):
        began = time.process_time()
        assert execute(asked, days_of(panel, asked, BaselineStrategy())).run.days
        seconds[name] = round(time.process_time() - began, 2)
    return seconds | {"memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
