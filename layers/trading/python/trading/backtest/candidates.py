"""Candidates of a day: those that anybody may buy at most, so those whose prices are kept."""

from trading.automation.day_trading.planner import rank_set
from trading.signals.models import SignalSet

MAX_CANDIDATES = 100
"""Nobody chooses more of a day's candidates."""


def first_candidates(signals: SignalSet) -> tuple[str, ...]:
    """Return the symbols of the first hundred candidates of a day, best first."""
    return tuple(candidate.symbol for candidate in rank_set(signals).candidates[:MAX_CANDIDATES])
