"""Seconds and memory of a morning's recommendations, for 500 and 5,000 symbols, each in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar, cast

import numpy as np

from infra.catalogue import ROOT
from tests.benchmarks.figures import Figure
from tests.support.artefacts import artefact
from tests.support.panels import TRADE_DATE, random_panel
from trading.markets.models import Exchange
from trading.partners.market_data.connection import Connection
from trading.partners.market_data.panels import AlpacaPanels
from trading.signals.features import FEATURES, features_of, window_of
from trading.signals.model.artefact import ModelArtefact, Scaling, Trees
from trading.signals.model.inference import predict
from trading.signals.panel import DailyPanel
from trading.signals.scores import ranked
from trading.signals.service import recommendations_of
from trading.signals.strategies import BaselineStrategy
from trading.signals.universe import eligible, exclusions

BOUNDS = {500: 1.0, 5_000: 5.0}
"""Seconds for features and the predictions of 300 trees."""
MAX_MB = 400
SESSIONS = 75
TREES, LEAVES = 300, 15
T = TypeVar("T")


def figures() -> Iterator[Figure]:
    """Measure both sizes."""
    for symbols, bound in BOUNDS.items():
        measured = _in_a_process_of_its_own(symbols)
        yield Figure(f"features and predictions, {symbols:,} symbols", measured.pop("scoring"), "s", bound)
        yield Figure(f"memory of {symbols:,} symbols' recommendations", measured.pop("memory"), "MB", MAX_MB)
        for step, seconds in measured.items():
            yield Figure(f"{step}, {symbols:,} symbols", seconds, "s")


def _in_a_process_of_its_own(symbols: int) -> dict[str, float]:
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


@dataclass
class Steps:
    """What each step took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, name: str, step: Callable[[], T]) -> T:
        """Do a step, and note its time."""
        began = time.perf_counter()
        found = step()
        self.seconds[name] = round(time.perf_counter() - began, 3)
        return found


def measure(symbols: int) -> dict[str, float]:
    """Return the seconds of each step, and the most memory that all of them took, in MB."""
    steps, provider, model = Steps(), Provider(random_panel(SESSIONS, symbols)), forest()
    client = AlpacaPanels(cast(Connection, provider), "sip", frozenset(Exchange), provider)
    since = date(2012, 1, 1)
    names = provider.panel.symbols
    panel = steps.take(
        "reading of pages", lambda: client.daily_panel(Exchange.NASDAQ, names, since=since, until=TRADE_DATE)
    )
    window = window_of(panel, TRADE_DATE)
    excluded = steps.take("universe", lambda: exclusions(window))
    expected = steps.take("scoring", lambda: predict(model, features_of(window, eligible(window, excluded))))
    forecast = BaselineStrategy().forecast(Exchange.NASDAQ, window, excluded)
    forecast = replace(forecast, signals=replace(forecast.signals, expected=expected))
    published = steps.take("confidence and ranks", lambda: ranked(recommendations_of(window, forecast)))
    assert len(published) == symbols
    assert np.isfinite(expected).sum() > symbols * 0.9
    return steps.seconds | {"memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}


@dataclass(frozen=True)
class Provider:
    """Answers with pages of a panel's bars, adjusted or raw, as a provider would; it refuses no symbol."""

    panel: DailyPanel

    def get(self, path: str, query: Mapping[str, str], read: Callable[[str], Any]) -> Any:
        """Return a page of bars."""
        del path
        symbols, start, size = query["symbols"].split(","), int(query.get("page_token", "0")), int(query["limit"])
        places = [(symbol, row) for symbol in symbols for row in range(SESSIONS)]
        bars: dict[str, list[Any]] = {}
        for symbol, row in places[start : start + size]:
            bars.setdefault(symbol, []).append(self._bar(row, int(symbol[1:])))
        more = str(start + size) if start + size < len(places) else None
        return read(json.dumps({"bars": bars, "next_page_token": more}))

    def _bar(self, row: int, column: int) -> dict[str, Any]:
        panel = self.panel
        values = (panel.open, panel.high, panel.low, panel.close, panel.volume)
        names = zip("ohlcv", values, strict=True)
        return {"t": f"{panel.days[row]}T05:00:00Z"} | {
            name: round(float(value[row, column]), 4) for name, value in names
        }

    def recall(self) -> frozenset[str]:
        """Return the symbols that are refused."""
        return frozenset()

    def remember(self, symbols: object) -> None:
        """Add some."""
        raise AssertionError(symbols)


def forest() -> ModelArtefact:
    """Return a model of trees with as many leaves each, over all features."""
    inner, nodes = LEAVES - 1, 2 * LEAVES - 1
    random = np.random.default_rng(7)
    own = np.arange(nodes)
    is_leaf = own >= inner
    first = nodes * np.arange(TREES)[:, np.newaxis]
    count = len(FEATURES)
    trees = Trees(
        roots=tuple(first[:, 0].tolist()),
        feature=tuple(np.where(is_leaf, -1, random.integers(0, count, (TREES, nodes))).ravel().tolist()),
        threshold=tuple(random.normal(0, 0.02, TREES * nodes).tolist()),
        left=tuple((first + np.where(is_leaf, own, 2 * own + 1)).ravel().tolist()),
        right=tuple((first + np.where(is_leaf, own, 2 * own + 2)).ravel().tolist()),
        value=tuple(random.normal(0, 1e-4, TREES * nodes).tolist()),
    )
    scaling = Scaling((-9.0,) * count, (30.0,) * count, (0.0,) * count, (1.0,) * count)
    made = replace(artefact(trees), features=FEATURES, scaling=scaling)
    made.check()
    return made


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
