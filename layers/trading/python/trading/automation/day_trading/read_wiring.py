"""Builds what shows the trading day: nothing that trades is loaded."""

from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.signals.store import DynamoSignalStore


def reason_store() -> DynamoReasonStore:
    """Return the store of the reasons that sessions share."""
    return DynamoReasonStore()


def signal_store() -> DynamoSignalStore:
    """Return the store of recommendations."""
    return DynamoSignalStore()
