"""What keeps from trading: the buy restriction of one person, and the halt of trading or money for everybody."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class BuyRestriction(StrEnum):
    """Why a person may not buy."""

    TRADING_PAUSED = "trading_paused"
    BILLING_HOLD = "billing_hold"
    NO_NEW_TRADES = "no_new_trades"


class HaltStrength(StrEnum):
    """How much a halt holds, the mildest first. No halt ever holds a sale.

    `no_new_entries`: automation buys nothing, manual purchases go on. `reduce_only`: nobody buys, stops and targets
    go on. `flatten`: nobody buys, and day-trading positions are sold at once, or at the next open.
    """

    NO_NEW_ENTRIES = "no_new_entries"
    REDUCE_ONLY = "reduce_only"
    FLATTEN = "flatten"

    @property
    def holds_manual_buys(self) -> bool:
        """Say whether people may not buy either."""
        return self is not HaltStrength.NO_NEW_ENTRIES


def strictest(strengths: Iterable[HaltStrength | None]) -> HaltStrength | None:
    """Return the strength that holds where several are set, None where none is."""
    order = tuple(HaltStrength)
    return max((strength for strength in strengths if strength is not None), key=order.index, default=None)


@dataclass(frozen=True)
class PersonHalt:
    """An operator's halt of one person's trading: how much it holds, since when, by whom and why."""

    strength: HaltStrength
    since: datetime
    halted_by: str
    reason: str


class HaltScope(StrEnum):
    """What a halt holds: orders, money that was not sent yet, or both."""

    TRADING = "trading"
    MONEY = "money"
    ALL = "all"


@dataclass(frozen=True)
class TradingHalt:
    """What is halted for everybody, and who changed it last, when and why.

    `trading_halted` holds orders, `money_halted` deposits, withdrawals and charges that were not sent yet: each
    is lifted by itself. `strength` says how much of trading a halt holds, while there is one; `halted_at` since
    when. `version` counts the changes.
    """

    trading_halted: bool = False
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0
    money_halted: bool = False
    strength: HaltStrength = HaltStrength.REDUCE_ONLY
    halted_at: datetime | None = None

    @property
    def trading_strength(self) -> HaltStrength | None:
        """Return how much of trading is halted; None if it is not."""
        return self.strength if self.trading_halted else None

    @property
    def holds_manual_buys(self) -> bool:
        """Say whether trading is halted, and not that of automation alone."""
        return self.trading_halted and self.strength.holds_manual_buys

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
