"""What stops orders and money: a pause or a billing hold of one person, and the stops that hold for everybody."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Stop(StrEnum):
    """Why a person may not buy."""

    TRADING_PAUSED = "trading_paused"
    BILLING_HOLD = "billing_hold"
    NO_NEW_TRADES = "no_new_trades"


class StopScope(StrEnum):
    """What a stop for everybody holds: orders, money that was not sent yet, or both."""

    TRADING = "trading"
    MONEY = "money"
    ALL = "all"


@dataclass(frozen=True)
class TradingStop:
    """What is stopped for everybody, and who changed it last, when and why.

    `stopped` holds orders, `money_stopped` deposits, withdrawals and charges that were not sent yet: each
    is lifted by itself. `version` counts the changes.
    """

    stopped: bool = False
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0
    money_stopped: bool = False

    @property
    def scope(self) -> StopScope | None:
        """Return what is stopped; None if nothing is."""
        if self.stopped and self.money_stopped:
            return StopScope.ALL
        if self.money_stopped:
            return StopScope.MONEY
        return StopScope.TRADING if self.stopped else None

    def with_scope(self, scope: StopScope, *, stopped: bool) -> "TradingStop":
        """Return the stop after a scope was stopped or released; the other stays as it is."""
        return replace(
            self,
            stopped=self.stopped if scope is StopScope.MONEY else stopped,
            money_stopped=self.money_stopped if scope is StopScope.TRADING else stopped,
        )
