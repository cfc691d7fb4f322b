"""Builds what makes recommendations, for one invocation. Loads numpy: readers use `read_wiring`."""

from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import calendar, market_data
from trading.partners.market_data.panels import AlpacaPanels
from trading.platform.settings import settings
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.serving import ModelReader
from trading.signals.model.store import DynamoModelRegister
from trading.signals.models import Source
from trading.signals.ports import PanelSource
from trading.signals.read_wiring import assessment_service
from trading.signals.service import SignalService
from trading.signals.store import DynamoSignalStore
from trading.signals.strategies import BaselineStrategy, ModelStrategy, Strategy


def signal_service() -> SignalService:
    """Return the service of signals."""
    return SignalService(
        daily_panels(),
        DynamoInstrumentStore(),
        DynamoSignalStore(),
        DynamoActionFile(),
        assessment_service(),
        calendar(),
        _strategy(),
    )


def _strategy() -> Strategy:
    if settings().signal_strategy == Source.MODEL:
        return ModelStrategy(ModelReader(DynamoModelRegister(), BucketArtefacts()))
    return BaselineStrategy()


def daily_panels() -> PanelSource:
    """Return the market-data client with histories as arrays."""
    client = market_data()
    return AlpacaPanels(client.connection, client.feed, client.exchanges, client.refused)
