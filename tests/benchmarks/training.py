"""Seconds and memory of a training, in a process of its own: what the function's row has to give it."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from infra.catalogue import ROOT
from tests.benchmarks.figures import Figure
from tests.support.models import FakeArtefacts, FakeRegister, FakeSamples, trainer
from tests.support.panels import reversing_panel
from trading.markets.models import Exchange
from trading.platform.clock import SystemClock
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.model.sampling import sample
from trading.signals.model.training import Schema

SYMBOLS, SESSIONS = 200, 7 * 252
"""A quarter of what is trained on: time and memory grow with the symbols."""
MAX_SECONDS, MAX_MB = 60, 800


def figures() -> Iterator[Figure]:
    """Measure a training from the panel on."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "trading" / "python")))
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "tests.benchmarks.training", str(SYMBOLS)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    what = f"training on {SYMBOLS} symbols x 7 years"
    yield Figure(f"{what}: samples", found["samples"], "s", MAX_SECONDS)
    yield Figure(f"{what}: fits, validation", found["training"], "s", MAX_SECONDS)
    yield Figure(f"{what}: memory", found["memory"], "MB", MAX_MB)


def measure(symbols: int) -> dict[str, float]:
    """Return the seconds of each step, and the most memory that all of them took, in MB."""
    panel = reversing_panel(SESSIONS, symbols, 0.02, seed=7)
    began = time.perf_counter()
    samples = sample(panel)
    sampled = time.perf_counter()
    made = trainer(FakeSamples(samples), FakeRegister(), FakeArtefacts(), schema=Schema(SCHEMA, FEATURES))
    made.train(Exchange.NASDAQ, SystemClock().now())
    return {
        "samples": round(sampled - began, 1),
        "training": round(time.perf_counter() - sampled, 1),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
