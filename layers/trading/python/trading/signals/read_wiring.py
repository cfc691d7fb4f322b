"""Builds what judges and shows strategies, for one invocation: nothing that computes recommendations is loaded."""

from collections.abc import Callable, Collection

from trading.markets.wiring import calendar, covered_exchanges, market_data
from trading.platform.clock import current_clock
from trading.platform.settings import settings
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.gate import Gate
from trading.signals.live_store import DynamoLiveStore
from trading.signals.models import SignalSet, Source
from trading.signals.nightly_judge import NightlyJudge
from trading.signals.status import StatusService
from trading.signals.store import DynamoSignalStore


def assessment_service() -> AssessmentService:
    """Return the service that judges strategies."""
    return AssessmentService(DynamoAssessmentStore(), current_clock())


def nightly_judge(choose: Callable[[SignalSet], Collection[str]]) -> NightlyJudge:
    """Return the nightly judge of strategies; `choose` names what the live rule buys of a set."""
    return NightlyJudge(DynamoSignalStore(), DynamoLiveStore(), market_data(), calendar(), assessment_service(), choose)


def status_service() -> StatusService:
    """Return the service of signals' public status."""
    return StatusService(
        DynamoSignalStore(),
        DynamoAssessmentStore(),
        covered_exchanges(),
        Source(settings().signal_strategy),
        Gate(settings().signal_gate),
        current_clock(),
    )
