"""Builds the worker of back-tests, for one invocation. Loads numpy: routes use `read_wiring`."""

from trading.backtest.jobs.bucket import BucketDocuments
from trading.backtest.jobs.runner import BacktestRunner
from trading.backtest.jobs.store import DynamoBacktestStore
from trading.backtest.jobs.strategies import Strategies
from trading.platform.clock import SystemClock, current_clock
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.serving import ModelReader
from trading.signals.model.store import DynamoModelRegister
from trading.signals.wiring import daily_panels


def backtest_runner() -> BacktestRunner:
    """Return the runner of back-tests."""
    return BacktestRunner(
        store=DynamoBacktestStore(),
        documents=BucketDocuments(),
        panels=daily_panels(),
        strategies=Strategies(ModelReader(DynamoModelRegister(), BucketArtefacts())),
        clock=current_clock(),
        wall=SystemClock(),
    )
