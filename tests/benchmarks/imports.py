"""Cold starts: every handler imported in a process of its own, the processor's time of the best of several.

Time of the processor, not of the clock, and the best of three: other work on the machine is no cold start.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from infra.catalogue import FUNCTIONS, ROOT, Function
from tests.benchmarks.figures import Figure

RUNS, CORES = 3, 2
TARGET_MS = 350
PARTNER_SDKS = ("requests", "stripe", "plaid", "firebase_admin")
PROBE = """
import sys, time
start = time.process_time()
import handler
print((time.process_time() - start) * 1000)
print(",".join(name for name in {sdks!r} if name in sys.modules))
"""


def figures() -> Iterator[Figure]:
    """Measure every handler; a route must load no partner's client."""
    with ThreadPoolExecutor(CORES) as pool:
        measured = list(pool.map(lambda function: [_run(function) for _ in range(RUNS)], FUNCTIONS))
    for function, runs in zip(FUNCTIONS, measured, strict=True):
        best = round(min(milliseconds for milliseconds, _ in runs), 1)
        yield Figure(f"import {function.area}/{function.name}", best, "ms", TARGET_MS)
        if not function.partners:
            loaded = len(runs[0][1])
            yield Figure(f"partner clients in {function.area}/{function.name}", loaded, "modules", 0)


def _run(function: Function) -> tuple[float, list[str]]:
    path = os.pathsep.join((str(function.folder), str(ROOT / "layers" / "trading" / "python")))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(  # noqa: S603 - our own interpreter and handler
        [sys.executable, "-c", PROBE.format(sdks=PARTNER_SDKS)],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    milliseconds, loaded = done.stdout.split("\n")[:2]
    return float(milliseconds), [name for name in loaded.split(",") if name]
