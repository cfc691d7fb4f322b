"""Builds the services of managed portfolios, for one invocation."""

from trading.brokerage.halt_rows import load_trading_halt, trading_halt_once
from trading.managed.collections.service import Catalogue
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.holdings.actions import ActionService
from trading.managed.holdings.service import HoldingsService
from trading.managed.market_hours import MarketHours
from trading.managed.observation.reader import AccountReader
from trading.managed.rebalancing.dry_run import DryRun
from trading.managed.rebalancing.service import Rebalancer
from trading.managed.rebalancing.targets import TargetWriter
from trading.managed.runs.completion import CompletionService
from trading.managed.runs.moves import MoveCheck
from trading.managed.runs.service import RunService
from trading.managed.runs.store import DynamoRunStore
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.service import VersionService
from trading.markets.store import DynamoSecurities
from trading.markets.wiring import calendar
from trading.partners.drivewealth.wiring import managed_drivewealth
from trading.platform.clock import SystemClock, current_clock
from trading.platform.queue import send_all


def version_service() -> VersionService:
    """Return the version service."""
    clock = current_clock()
    return VersionService(
        store=DynamoManagedStore(),
        account_reader=AccountReader(managed_drivewealth(), clock),
        catalogue=Catalogue(DynamoCollectionStore(), DynamoSecurities(), clock),
        hours=MarketHours(calendar(), clock),
        clock=clock,
        send=lambda work: send_all("account-rebalances", work),
    )


def dry_run() -> DryRun:
    """Return the service of dry runs."""
    return DryRun(version_service())


def rebalancer() -> Rebalancer:
    """Return the rebalancer."""
    clock, broker, halt = current_clock(), managed_drivewealth(), trading_halt_once()
    return Rebalancer(
        store=DynamoManagedStore(),
        account_reader=AccountReader(broker, clock),
        target_writer=TargetWriter(broker, DynamoSecurities()),
        catalogue=Catalogue(DynamoCollectionStore(), DynamoSecurities(), clock),
        hours=MarketHours(calendar(), clock),
        clock=clock,
        wall=SystemClock(),
        is_halted=lambda: halt().holds_manual_buys,
        is_automation_halted=lambda: halt().trading_halted,
    )


def run_service() -> RunService:
    """Return the run service."""
    clock, broker = current_clock(), managed_drivewealth()
    return RunService(
        store=DynamoRunStore(),
        broker=broker,
        clock=clock,
        send=lambda events: send_all("autopilot-events", events),
        is_halted=lambda: load_trading_halt().holds_manual_buys,  # asked right before each run, however long this takes
        is_current=MoveCheck(AccountReader(broker, clock), clock).is_current,
    )


def completion_service() -> CompletionService:
    """Return the service that applies the end of runs."""
    clock, broker = current_clock(), managed_drivewealth()
    return CompletionService(
        store=DynamoManagedStore(),
        runs=DynamoRunStore(),
        account_reader=AccountReader(broker, clock),
        target_writer=TargetWriter(broker, DynamoSecurities()),
        hours=MarketHours(calendar(), clock),
        clock=clock,
    )


def holdings_service() -> HoldingsService:
    """Return the holdings service."""
    clock = current_clock()
    return HoldingsService(
        store=DynamoManagedStore(),
        account_reader=AccountReader(managed_drivewealth(), clock),
        hours=MarketHours(calendar(), clock),
        clock=clock,
    )


def action_service() -> ActionService:
    """Return the service of corporate actions."""
    return ActionService(store=DynamoManagedStore(), clock=current_clock())
