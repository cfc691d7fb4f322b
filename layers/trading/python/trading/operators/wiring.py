"""Builds what operators use, for one invocation. None of it calls a partner."""

from trading.billing.store import DynamoBillingStore
from trading.brokerage.halt_rows import load_trading_halt, write_trading_halt
from trading.funding.accounts.pauses import PauseService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.reconciliation.resolution import ResolutionService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.operators.closure_rows import lift_closure, put_closure
from trading.operators.closures import ClosureService
from trading.operators.people import is_known
from trading.operators.stops import TradingStopService
from trading.platform.clock import current_clock
from trading.platform.errors import NotFound
from trading.platform.ids import is_id


def pauses() -> PauseService:
    """Return what pauses and resumes people."""
    return PauseService(store=DynamoAccountStore(), is_known=is_known, clock=current_clock())


def trading_stops() -> TradingStopService:
    """Return what stops all trading."""
    return TradingStopService(find=load_trading_halt, put=write_trading_halt, clock=current_clock())


def closures() -> ClosureService:
    """Return what cuts sessions short."""
    return ClosureService(put_closure, lift_closure, current_clock())


def resolutions() -> ResolutionService:
    """Return what closes discrepancies."""
    return ResolutionService(accounts=DynamoAccountStore(), store=DynamoDiscrepancyStore(), clock=current_clock())


def invoice_place(invoice_id: str) -> tuple[str, str]:
    """Return owner and month of an invoice. Raises NotFound."""
    place = DynamoBillingStore().invoice_of(invoice_id) if is_id(invoice_id) else None
    if place is None:
        raise NotFound("There is no such invoice.")
    return place
