"""Builds the services of back-tests for one invocation."""

from dataclasses import replace
from typing import TYPE_CHECKING

from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.backtest.recorder import TapeRecorder
from trading.backtest.records import StoredRecords
from trading.backtest.replay import ReplayService
from trading.backtest.store import DynamoTapeStore
from trading.ledger.store import DynamoJournal
from trading.markets.wiring import calendar, covered_exchanges, market_data, shared_quotes
from trading.platform.clock import current_clock
from trading.platform.settings import settings
from trading.signals.gate import Gate
from trading.signals.store import DynamoSignalStore

if TYPE_CHECKING:
    from trading.partners.market_data.history import AlpacaHistory


def tape_recorder() -> TapeRecorder:
    """Return the recorder of a day's quotes."""
    return TapeRecorder(DynamoSignalStore(), shared_quotes(), DynamoTapeStore(), calendar(), covered_exchanges())


def replay_service() -> ReplayService:
    """Return the service that replays portfolios."""
    return ReplayService(
        signals=DynamoSignalStore(),
        tapes=DynamoTapeStore(),
        bars=_history(),
        records=StoredRecords(DynamoSessionStore(), DynamoPortfolioStore(), DynamoJournal()),
        days=calendar(),
        gate=Gate(settings().signal_gate),
        clock=current_clock(),
    )


def _history() -> "AlpacaHistory":
    """Return the provider's raw bars, with the patience of somebody who waits for a page."""
    from trading.partners.limits import MARKET_DATA_QUICK  # noqa: PLC0415 - with the client itself
    from trading.partners.market_data.history import AlpacaHistory  # noqa: PLC0415

    client = market_data()
    connection = replace(client.connection, limit=MARKET_DATA_QUICK)
    return AlpacaHistory(connection, feed=client.feed, exchanges=client.exchanges, refused=client.refused)
