"""Queue backtest-runs: run one back-test that a person asked for."""

from collections.abc import Callable

from trading.backtest.events import BacktestRequested
from trading.backtest.jobs.wiring import backtest_runner
from trading.platform.domain_events import Received
from trading.platform.queue import event_worker

FOLLOWED = (BacktestRequested,)


def prepare() -> Callable[[Received[BacktestRequested]], object]:
    """Return the run of one back-test."""
    runner = backtest_runner()
    return lambda received: runner.run(received.record.owner, received.record.backtest_id)


lambda_handler = event_worker(prepare, *FOLLOWED)
