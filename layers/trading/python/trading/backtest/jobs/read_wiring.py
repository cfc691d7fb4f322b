"""Builds what accepts and shows back-tests, for one invocation. Loads no numpy: the worker has its own wiring."""

from collections.abc import Mapping

from trading.backtest.jobs.bucket import BucketDocuments, BucketLinks
from trading.backtest.jobs.models import Backtest
from trading.backtest.jobs.service import BacktestService
from trading.backtest.jobs.store import DynamoBacktestStore
from trading.markets.wiring import covered_exchanges
from trading.platform.clock import SystemClock, current_clock
from trading.platform.inbox import DynamoReceipts


def backtest_service() -> BacktestService:
    """Return the service of back-tests."""
    return BacktestService(
        store=DynamoBacktestStore(),
        receipts=DynamoReceipts(),
        documents=BucketDocuments(),
        covered=covered_exchanges(),
        clock=current_clock(),
        wall=SystemClock(),
    )


def links_of(backtest: Backtest) -> Mapping[str, str]:
    """Return the URLs of a back-test's documents, none before it is done."""
    return BucketLinks().of(backtest.claim) if backtest.is_complete and backtest.claim else {}
