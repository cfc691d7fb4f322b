"""Builds the portfolio services for one invocation."""

from trading.automation.portfolios.blocks import BlockReader
from trading.automation.portfolios.halt_rows import load_halts
from trading.automation.portfolios.owner_stops import OwnerStopService
from trading.automation.portfolios.performance import PerformanceService
from trading.automation.portfolios.service import PortfolioService
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.portfolios.valuation import Valuation
from trading.brokerage.halt_rows import load_buy_restriction
from trading.ledger.store import DynamoJournal
from trading.markets.indexes.store import DynamoIndexStore
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import covered_exchanges, index_symbols, latest_prices
from trading.platform.clock import current_clock
from trading.platform.inbox import DynamoReceipts


def portfolio_service() -> PortfolioService:
    """Return the service behind the portfolio routes."""
    return PortfolioService(
        store=DynamoPortfolioStore(),
        sessions=DynamoSessionStore(),
        journal=DynamoJournal(),
        instruments=DynamoInstrumentStore(),
        receipts=DynamoReceipts(),
        covered=covered_exchanges(),
        restriction_of=load_buy_restriction,
        clock=current_clock(),
    )


def owner_stop_service() -> OwnerStopService:
    """Return the service of owners' stops."""
    return OwnerStopService(DynamoSessionStore(), load_halts, current_clock())


def block_reader() -> BlockReader:
    """Return the reader of what keeps portfolios from buying."""
    return BlockReader(load_halts, current_clock())


def valuation() -> Valuation:
    """Return the valuation of portfolios at the latest prices."""
    return Valuation(latest_prices())


def performance_service() -> PerformanceService:
    """Return the service that computes what portfolios earned."""
    return PerformanceService(DynamoPortfolioStore(), DynamoIndexStore(), index_symbols(), current_clock())
