"""Builds the closer for one invocation."""

from trading.automation.closer.service import CloserService, SweepJob
from trading.automation.closer.store import DynamoOpenPositions
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.markets.wiring import calendar, unshared_quote_cache
from trading.platform.clock import current_clock
from trading.platform.fan_out import Send
from trading.platform.queue import send_all


def sweep_job(send: Send = send_all) -> SweepJob:
    """Return the job that hands out the portfolios to be swept."""
    return SweepJob(DynamoOpenPositions(), calendar(), send)


def closer_service() -> CloserService:
    """Return the service of the closer."""
    return CloserService(DynamoOpenPositions(), unshared_quote_cache(), calendar(), PaperBroker(), current_clock())
