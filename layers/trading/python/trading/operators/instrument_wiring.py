"""Builds what changes instruments, for one invocation. None of it calls a partner."""

from trading.automation.corporate_actions.store import DynamoHolders
from trading.markets.prices.store import forget_prices
from trading.operators.instrument_rows import DynamoRegistry
from trading.operators.instruments import InstrumentService
from trading.platform.clock import current_clock
from trading.platform.queue import send_all
from trading.signals.following import SignalFollower
from trading.signals.store import DynamoSignalStore


def instruments() -> InstrumentService:
    """Return what registers, moves, renames, activates and deactivates instruments."""
    return InstrumentService(
        registry=DynamoRegistry(),
        signals=SignalFollower(DynamoSignalStore()),
        apply=lambda actions: send_all("corporate-actions", DynamoHolders().of(actions)),
        forget=lambda changed: forget_prices({(i.exchange, i.symbol) for i in changed}),
        clock=current_clock(),
    )
