"""What the closer knows of an open position, and what it does at which hour."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from trading.automation.portfolios.models import PortfolioKey
from trading.markets.calendar import ENTRY_WINDOW
from trading.markets.models import TradingDay

SWEEP_STARTS = timedelta(minutes=20)
"""How long before the close the closer begins: ten minutes after the session code did."""

PROOF_DISTANCE = timedelta(minutes=10)
"""How long before the open and after the close nothing may be open any more."""


POSITIONS_LEFT_OPEN = "PositionsLeftOpen"
"""The metric that counts what is open where nothing may be; it has an alarm."""


class SweepPhase(StrEnum):
    """What a sweep is for."""

    PROVE = "prove"
    SELL_LEFTOVERS = "sell_leftovers"
    FLATTEN = "flatten"


@dataclass(frozen=True)
class OpenPosition:
    """A position that is pending, open or closing, as the index of such names it."""

    key: PortfolioKey
    trade_date: date


@dataclass(frozen=True)
class SweepResult:
    """What a sweep of one portfolio came to, in positions."""

    sold: int = 0
    cancelled: int = 0
    left: int = 0


def phase_at(day: TradingDay, moment: datetime) -> SweepPhase | None:
    """Return what is to be done at a moment of a trading day, or None.

    Leftovers of earlier days are sold from the open to the end of the entries, everything from 20
    minutes before the close on; 10 minutes before the open and after the close nothing may be open.
    """
    if day.opens_at <= moment <= day.opens_at + ENTRY_WINDOW:
        return SweepPhase.SELL_LEFTOVERS
    if day.closes_at - SWEEP_STARTS <= moment < day.closes_at:
        return SweepPhase.FLATTEN
    before_open = day.opens_at - PROOF_DISTANCE <= moment < day.opens_at
    return SweepPhase.PROVE if before_open or moment >= day.closes_at + PROOF_DISTANCE else None
