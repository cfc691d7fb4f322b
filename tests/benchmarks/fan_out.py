"""Jobs over everybody: pages, invocations and the longest of these for a million people, from what a page costs.

A page's cost is measured: the same job with one person a shard, and with one full page more. To its time in
process, which includes the tables' own, each request adds what it takes on its way to AWS and back.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.catalogue import Function
from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.everybody import JOBS, add_people, add_portfolios, furnished, job, moment_of
from tests.support.tables import renew_tables
from trading.platform.fan_out import SHARE_MS_LEFT
from trading.platform.inbox import InboxRow
from trading.platform.shards import SHARDS
from trading.platform.sources import PAGE

PEOPLE = 1_000_000
REQUEST_SECONDS = 0.02
"""How long a request to AWS takes from within a region, at its slow end."""

MAX_SHARE = 60
"""The most of its timeout that an invocation may take, in percent."""


@dataclass(frozen=True)
class Cost:
    """What a job asks for, in one run or for one page."""

    seconds: float
    requests: int

    @property
    def on_aws(self) -> float:
        """Return how many seconds that is where each request travels."""
        return self.seconds + self.requests * REQUEST_SECONDS

    def beyond(self, other: "Cost") -> "Cost":
        """Return by how much it is more than another."""
        return Cost(max(0.0, self.seconds - other.seconds), self.requests - other.requests)


@dataclass(frozen=True)
class Forecast:
    """A run over a million people."""

    pages: int
    invocations: int
    max_seconds: float

    @classmethod
    def of(cls, page_seconds: float, timeout_seconds: int) -> "Forecast":
        """Return the run of pages that take so long each: an invocation begins none when half its time is over."""
        pages = SHARDS * math.ceil(PEOPLE / SHARDS / PAGE)
        at_once = min(pages, math.floor(timeout_seconds / SHARE_MS_LEFT / page_seconds) + 1)
        return cls(pages, math.ceil(pages / at_once), at_once * page_seconds)


def figures() -> Iterator[Figure]:
    """Measure every job."""
    renew_tables()
    with pytest.MonkeyPatch.context() as environment, furnished(environment):
        small = {row.name: _run(row) for row in JOBS}
        add_people(0, PAGE, first=1)
        add_portfolios(0, PAGE, first=1)
        for row in JOBS:
            yield from _forecast(row, _run(row).beyond(small[row.name]))
    renew_tables()


def _forecast(row: Function, page: Cost) -> Iterator[Figure]:
    run = Forecast.of(page.on_aws, row.timeout_seconds)
    yield Figure(f"{row.name}: requests for a page of {PAGE}", page.requests, "requests")
    yield Figure(f"{row.name}: a page of {PAGE}", round(page.on_aws, 2), "s")
    yield Figure(f"{row.name}, {PEOPLE} people: pages", run.pages, "pages")
    yield Figure(f"{row.name}, {PEOPLE} people: invocations", run.invocations, "invocations")
    yield Figure(f"{row.name}, {PEOPLE} people: longest invocation", round(run.max_seconds, 1), "s")
    share = 100 * run.max_seconds / row.timeout_seconds
    yield Figure(f"{row.name}, {PEOPLE} people: longest invocation of its timeout", round(share, 1), "%", MAX_SHARE)


def _run(row: Function) -> Cost:
    InboxRow(f"run#{row.name}#{moment_of(row)}").delete()
    began = time.perf_counter()
    with counted() as seen:
        result = job(row)({"job": row.name, "scheduled_at": moment_of(row)}, None)
    took = time.perf_counter() - began
    assert result["status"] == "done", row.name
    return Cost(took, seen.total())
