"""Builds the services of the trading day for one invocation; what a worker may keep, it keeps."""

from functools import cache

from trading.automation.day_trading.cancellations import CancellationService
from trading.automation.day_trading.flattening import FlattenService
from trading.automation.day_trading.jobs import JobService
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.service import SessionService
from trading.automation.day_trading.store import DynamoBuyRestrictions, DynamoWorkIndex
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.snapshots import SnapshotService
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.brokerage.halt_rows import load_trading_halt
from trading.brokerage.halts import HaltStrength
from trading.ledger.store import DynamoJournal
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import calendar, official_closes, quote_cache
from trading.platform.clock import current_clock
from trading.platform.fan_out import Send
from trading.platform.queue import send_all
from trading.platform.settings import settings
from trading.signals.gate import Gate
from trading.signals.store import DynamoSignalStore


@cache
def _rankings() -> CachedRankings:
    return CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore())


@cache
def _index() -> DynamoWorkIndex:
    return DynamoWorkIndex()


def session_service() -> SessionService:
    """Return the service of one portfolio's trading day."""
    return SessionService(
        store=DynamoSessionStore(),
        index=_index(),
        ledger=DynamoJournal(),
        quotes=quote_cache(),
        rankings=_rankings(),
        days=calendar(),
        broker=PaperBroker(),
        restrictions=DynamoBuyRestrictions(),
        clock=current_clock(),
        gate=Gate(settings().signal_gate),
    )


def cancellation_service() -> CancellationService:
    """Return the service that cancels the entries of people who may not buy."""
    sessions, store, flattening = session_service(), DynamoPortfolioStore(), flatten_service()
    return CancellationService(store.automated, sessions.cancel_entries, current_clock(), flattening.obey)


def flatten_service() -> FlattenService:
    """Return the service that obeys halts which have everything sold."""
    return FlattenService(DynamoSessionStore(), DynamoBuyRestrictions(), current_clock())


def job_service(send: Send = send_all) -> JobService:
    """Return the service that finds the work of each job."""
    return JobService(
        index=_index(),
        days=calendar(),
        quotes=quote_cache(),
        rankings=_rankings(),
        send=send,
        clock=current_clock(),
        is_flattened=lambda: load_trading_halt().trading_strength is HaltStrength.FLATTEN,
    )


def snapshot_service() -> SnapshotService:
    """Return the service that values portfolios at the close."""
    return SnapshotService(DynamoPortfolioStore(), official_closes(), calendar(), current_clock())
