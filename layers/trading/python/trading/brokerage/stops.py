"""What stops orders: a pause or a billing hold of one person, and the stop of all trading."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stop(StrEnum):
    """Why a person may not buy."""

    TRADING_PAUSED = "trading_paused"
    BILLING_HOLD = "billing_hold"


@dataclass(frozen=True)
class TradingStop:
    """Whether all trading is stopped, since when, by whom and why. `version` counts its changes."""

    stopped: bool = False
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0
