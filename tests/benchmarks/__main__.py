"""`make bench`: measure, print, and write build/bench.json. `python -m tests.benchmarks imports` measures a part."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from moto import mock_aws

from infra.catalogue import ROOT
from tests.benchmarks import (
    backtests,
    billing,
    fan_out,
    holdings,
    imports,
    money,
    notifications,
    outbox,
    rails,
    replay,
    signals,
    trading,
    training,
)
from tests.benchmarks.figures import Figure, is_missed, show
from tests.support.direct_dynamodb import go_directly
from tests.support.moto_speedups import copy_lightly
from tests.support.tables import create_tables
from trading.platform.observability import logger

PARTS: Mapping[str, Callable[[], Iterable[Figure]]] = {
    "trading": trading.figures,
    "signals": signals.figures,
    "training": training.figures,
    "backtests": backtests.figures,
    "rails": rails.figures,
    "replay": replay.figures,
    "money": money.figures,
    "holdings": holdings.figures,
    "billing": billing.figures,
    "notifications": notifications.figures,
    "outbox": outbox.figures,
    "fan_out": fan_out.figures,
    "http": money.over_http,
    "imports": imports.figures,
}
WITHOUT_TABLES = frozenset({"signals", "training", "backtests", "http", "imports"})
MAX_SECONDS = 600


def main(names: Iterable[str]) -> int:
    """Measure everything, or some parts; return 1 where a bound is broken."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "testing"
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = "us-east-1"
    logger.setLevel("WARNING")
    patch = pytest.MonkeyPatch()
    copy_lightly(patch)  # else the copies of many people's tables fill the memory
    go_directly(patch)
    began, figures = time.monotonic(), [figure for name in names for figure in _measured(name)]
    figures.append(Figure("all of this", round(time.monotonic() - began, 1), "s", MAX_SECONDS))
    show(figures, ROOT / "build" / "bench.json")
    return 1 if any(is_missed(figure) for figure in figures) else 0


def _measured(name: str) -> Iterator[Figure]:
    began = time.monotonic()
    yield from PARTS[name]() if name in WITHOUT_TABLES else _with_tables(PARTS[name])
    took = time.monotonic() - began
    sys.stdout.write(f"{name}: {took:.1f} s\n")
    sys.stdout.flush()
    yield Figure(f"part {name}", round(took, 1), "s")


def _with_tables(measure: Callable[[], Iterable[Figure]]) -> Iterator[Figure]:
    with mock_aws():
        create_tables()
        yield from measure()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PARTS))
