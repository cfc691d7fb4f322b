"""What keeps from trading: the buy restriction of one person, and the halt of trading or money for everybody."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class BuyRestriction(StrEnum):
    """Why a person may not buy."""

    TRADING_PAUSED = "trading_paused"
    BILLING_HOLD = "billing_hold"
    NO_NEW_TRADES = "no_new_trades"


class HaltScope(StrEnum):
    """What a halt holds: orders, money that was not sent yet, or both."""

    TRADING = "trading"
    MONEY = "money"
    ALL = "all"


@dataclass(frozen=True)
class TradingHalt:
    """What is halted for everybody, and who changed it last, when and why.

    `trading_halted` holds orders, `money_halted` deposits, withdrawals and charges that were not sent yet: each
    is lifted by itself. `version` counts the changes.
    """

    trading_halted: bool = False
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0
    money_halted: bool = False

    @property
    def scope(self) -> HaltScope | None:
        """Return the scope of the halt; None if nothing is halted."""
        if self.trading_halted and self.money_halted:
            return HaltScope.ALL
        if self.money_halted:
            return HaltScope.MONEY
        return HaltScope.TRADING if self.trading_halted else None

    def with_scope(self, scope: HaltScope, *, halted: bool) -> "TradingHalt":
        """Return the halt after a scope was halted or released; the other stays as it is."""
        return replace(
            self,
            trading_halted=self.trading_halted if scope is HaltScope.MONEY else halted,
            money_halted=self.money_halted if scope is HaltScope.TRADING else halted,
        )
