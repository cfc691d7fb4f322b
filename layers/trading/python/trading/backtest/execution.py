"""The execution of a back-test: days of a panel, traded one after the other, summed up as they pass. Needs numpy.

What is asked for by HTTP and what a developer runs go through here alike. A day is dropped once it was traded, so
that many symbols over many years take little memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.rails.models import RailSettings
from trading.backtest.documents import InputHash
from trading.backtest.engine import Engine
from trading.backtest.history import PanelHistory
from trading.backtest.models import DayInput, DayResult, Run
from trading.backtest.paths import Path, SandboxWalk, WorseOrder
from trading.backtest.specification import BacktestPath, BacktestSpecification
from trading.backtest.summary import Benchmarks, benchmark_of
from trading.markets.costs import TradingCosts
from trading.signals.panel import DailyPanel
from trading.signals.strategies import Strategy

PATHS: Mapping[BacktestPath, Path] = {
    BacktestPath.WORSE_ORDER: WorseOrder(),
    BacktestPath.OVERSHOOT: WorseOrder(overshoot=True),
    BacktestPath.SANDBOX: SandboxWalk(),
}


@dataclass(frozen=True)
class Execution:
    """A run, what else its days would have brought, and the hash of its inputs."""

    run: Run
    others: Benchmarks
    hashed: str


def days_of(panel: DailyPanel, wanted: BacktestSpecification, strategy: Strategy) -> Iterator[DayInput]:
    """Yield the days of a back-test; whatever else a panel holds is left out."""
    own = panel.of(wanted.symbols).since(wanted.history_since)
    return PanelHistory(own, wanted.exchange, strategy).days(wanted.since, wanted.until)


def count_days(panel: DailyPanel, wanted: BacktestSpecification) -> int:
    """Return how many days of a panel lie in the span of a back-test."""
    first, last = np.datetime64(wanted.since, "D"), np.datetime64(wanted.until, "D")
    return int(((panel.days >= first) & (panel.days <= last)).sum())


def engine_of(wanted: BacktestSpecification, rails: RailSettings | None = None) -> Engine:
    """Return the engine of a back-test, perhaps with other rails."""
    return Engine(wanted.settings, rails or wanted.rails, PaperBroker(wanted.costs), PATHS[wanted.path])


def execute(
    wanted: BacktestSpecification, days: Iterable[DayInput], on_day: Callable[[DayResult], None] = lambda _: None
) -> Execution:
    """Trade days; `on_day` sees each as it ends, and may raise to have no more.

    Raises:
        DayNotSound: if a day does not add up.
    """
    hashing, passed = InputHash(wanted.facts), _Passed(wanted.costs)
    results: list[DayResult] = []
    inputs = passed.through(hashing.passing(days))
    for result in engine_of(wanted).run(wanted.exchange, wanted.bankroll_cents, inputs):
        results.append(replace(result, fills=()))
        on_day(result)
    return Execution(Run(wanted.bankroll_cents, tuple(results)), passed.benchmarks, hashing.text)


@dataclass
class _Passed:
    costs: TradingCosts
    buy_all: list[float] = field(default_factory=list)
    index: list[float] = field(default_factory=list)

    def through(self, days: Iterable[DayInput]) -> Iterator[DayInput]:
        for day in days:
            all_bought, held = benchmark_of(day, self.costs)
            self.buy_all.append(all_bought)
            self.index.append(held)
            yield day

    @property
    def benchmarks(self) -> Benchmarks:
        return Benchmarks(tuple(self.buy_all), tuple(self.index))
