"""Builds what makes recommendations, for one invocation."""

from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import market_data
from trading.signals.read_wiring import assessment_service
from trading.signals.service import SignalService
from trading.signals.store import DynamoSignalStore


def signal_service() -> SignalService:
    """Return what makes a day's recommendations."""
    return SignalService(
        market_data(), DynamoInstrumentStore(), DynamoSignalStore(), DynamoActionFile(), assessment_service()
    )
