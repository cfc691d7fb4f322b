"""Builds what asks no partner, for one invocation: no partner's client is loaded for it."""

from trading.automation.corporate_actions.store import DynamoHolders
from trading.billing.disputes.ports import DisputeStore
from trading.billing.disputes.service import DisputeNotes
from trading.billing.disputes.store import DynamoDisputeStore
from trading.billing.payouts.ports import PayoutStore
from trading.billing.payouts.store import DynamoPayoutStore
from trading.billing.store import DynamoBillingStore
from trading.brokerage.halt_rows import load_trading_halt, write_trading_halt
from trading.funding.accounts.pauses import PauseService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.reconciliation.ports import DiscrepancyStore
from trading.funding.reconciliation.resolution import ResolutionService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.markets.prices.store import forget_prices
from trading.markets.wiring import calendar, covered_exchanges
from trading.operators.closure_rows import lift_closure, put_closure
from trading.operators.closures import ClosureService
from trading.operators.halts import TradingHaltService
from trading.operators.health import HealthService
from trading.operators.health_rows import DynamoHealthRows
from trading.operators.instrument_rows import DynamoRegistry
from trading.operators.instruments import InstrumentService
from trading.operators.people import is_known
from trading.operators.restriction_rows import DynamoRestrictedRecords
from trading.operators.restrictions import RestrictionReader
from trading.platform.clock import current_clock
from trading.platform.errors import NotFound
from trading.platform.ids import is_id
from trading.platform.last_runs import last_runs
from trading.platform.queue import send_all
from trading.platform.settings import settings
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.models import Source
from trading.signals.store import DynamoSignalStore
from trading.signals.symbol_changes import SignalFollower


def pause_service() -> PauseService:
    """Return the pause service."""
    return PauseService(store=DynamoAccountStore(), is_known=is_known, clock=current_clock())


def health_service() -> HealthService:
    """Return the health service."""
    configured = settings()
    return HealthService(
        rows=DynamoHealthRows(),
        last_runs=last_runs,
        signals=DynamoSignalStore(),
        assessments=DynamoAssessmentStore(),
        days=calendar(),
        covered=covered_exchanges(),
        strategy=Source(configured.signal_strategy),
        jobs=configured.jobs,
        clock=current_clock(),
    )


def trading_halt_service() -> TradingHaltService:
    """Return the service of trading halts."""
    return TradingHaltService(find=load_trading_halt, put=write_trading_halt, clock=current_clock())


def restriction_reader() -> RestrictionReader:
    """Return the reader of what is restricted."""
    return RestrictionReader(DynamoRestrictedRecords(), load_trading_halt, current_clock())


def closure_service() -> ClosureService:
    """Return the closure service."""
    return ClosureService(put_closure, lift_closure, current_clock())


def instrument_service() -> InstrumentService:
    """Return the instrument service."""
    return InstrumentService(
        registry=DynamoRegistry(),
        signals=SignalFollower(DynamoSignalStore()),
        apply=lambda actions: send_all("corporate-actions", DynamoHolders().of(actions)),
        forget=lambda changed: forget_prices({(i.exchange, i.symbol) for i in changed}),
        clock=current_clock(),
    )


def discrepancies() -> DiscrepancyStore:
    """Return the discrepancies of everybody."""
    return DynamoDiscrepancyStore()


def resolution_service() -> ResolutionService:
    """Return the resolution service of discrepancies."""
    return ResolutionService(accounts=DynamoAccountStore(), store=DynamoDiscrepancyStore(), clock=current_clock())


def disputes() -> DisputeStore:
    """Return the disputes of everybody."""
    return DynamoDisputeStore()


def dispute_notes() -> DisputeNotes:
    """Return the notes on disputes."""
    return DisputeNotes(DynamoBillingStore(), DynamoDisputeStore(), current_clock())


def payouts() -> PayoutStore:
    """Return the payouts of everybody."""
    return DynamoPayoutStore()


def invoice_place(invoice_id: str) -> tuple[str, str]:
    """Return owner and month of an invoice. Raises NotFound."""
    place = DynamoBillingStore().invoice_of(invoice_id) if is_id(invoice_id) else None
    if place is None:
        raise NotFound("There is no such invoice.")
    return place
