"""Builds what operators use, for one invocation. None of it calls a partner."""

from trading.funding.accounts.pauses import PauseService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.money_flows.store import DynamoFlowStore
from trading.funding.money_flows.unknowns import UnknownService
from trading.funding.reconciliation.resolution import ResolutionService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.platform.clock import current_clock


def pauses() -> PauseService:
    """Return what pauses and resumes people."""
    return PauseService(store=DynamoAccountStore(), clock=current_clock())


def unknowns() -> UnknownService:
    """Return what settles unknown outcomes."""
    return UnknownService(store=DynamoFlowStore(), clock=current_clock())


def resolutions() -> ResolutionService:
    """Return what closes discrepancies."""
    return ResolutionService(accounts=DynamoAccountStore(), store=DynamoDiscrepancyStore(), clock=current_clock())
