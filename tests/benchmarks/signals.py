"""Seconds and memory of a morning's recommendations, for 500 and 5,000 symbols, each in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

from infra.catalogue import ROOT
from tests.benchmarks.figures import Figure

BOUNDS = {500: 1.0, 5_000: 5.0}
"""Seconds for features and the predictions of 300 trees."""
MAX_MB = 400
TREES, LEAVES = 300, 15
SESSIONS = 75


def figures() -> Iterator[Figure]:
    """Measure both sizes."""
    for symbols, bound in BOUNDS.items():
        seconds = _measured(symbols)
        memory = seconds.pop("memory")
        yield Figure(f"features and inference, {symbols:,} symbols", seconds.pop("scoring"), "s", bound)
        for name, value in seconds.items():
            yield Figure(f"{name}, {symbols:,} symbols", value, "s")
        yield Figure(f"memory of the recommendations of {symbols:,} symbols", memory, "MB", MAX_MB)


def _measured(symbols: int) -> dict[str, float]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers" / "trading" / "python")))
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "tests.benchmarks.signals", str(symbols)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(symbols: int) -> dict[str, float]:
    """Return the seconds of each step, and the most memory that all of them took, in MB."""
    from tests.support.panels import TRADE_DATE, random_panel
    from trading.markets.models import Exchange
    from trading.signals.baseline import baseline
    from trading.signals.features import features_of, window_of
    from trading.signals.model.inference import predict
    from trading.signals.panel import DailyPanel
    from trading.signals.scoring import ranked
    from trading.signals.service import _recommendations
    from trading.signals.strategies import Forecast
    from trading.signals.universe import eligible, exclusions

    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = step()
        seconds[name] = round(time.perf_counter() - began, 3)
        return found

    client = _client(random_panel(SESSIONS, symbols))
    names = [f"S{number:03}" for number in range(symbols)]
    ask = lambda: client.daily_panel(Exchange.NASDAQ, names, since=date(2012, 1, 1), until=TRADE_DATE)  # noqa: E731
    panel: DailyPanel = timed("reading of pages", ask)
    window = window_of(panel, TRADE_DATE)
    excluded = timed("universe", lambda: exclusions(window))
    model = _trees()
    rows = lambda: predict(model, features_of(window, eligible(window, excluded)))  # noqa: E731
    expected = timed("scoring", rows)
    forecast = Forecast(model.version, replace(baseline(window), expected=expected), excluded)
    published = timed("ranks", lambda: ranked(_recommendations(window, forecast)))
    assert len(published) == symbols
    return seconds | {"memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
