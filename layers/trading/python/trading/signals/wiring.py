"""Builds the signal services for one invocation."""

from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import market_data
from trading.platform.clock import current_clock
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.service import SignalService
from trading.signals.store import DynamoSignalStore


def signal_service() -> SignalService:
    """Return what makes a day's recommendations."""
    return SignalService(
        market_data(), DynamoInstrumentStore(), DynamoSignalStore(), DynamoActionFile(), assessment_service()
    )


def assessment_service() -> AssessmentService:
    """Return the service that judges strategies."""
    return AssessmentService(DynamoAssessmentStore(), current_clock())
