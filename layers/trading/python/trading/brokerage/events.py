"""Events of the broker, and of the halts that hold for everybody."""

from datetime import datetime

from trading.brokerage.halts import HaltStrength
from trading.platform.domain_events import DomainEvent, PersonEvent


class BrokerStatusUnknown(PersonEvent):
    """The broker uses a status that we do not know; the ids say of what."""

    name = "broker_status_unknown"

    raw_status: str
    status: str | None = None
    trading_account_id: str | None = None
    money_flow_id: str | None = None
    amount_cents: int | None = None


class HaltEvent(DomainEvent):
    """A stop for everybody was set or lifted."""

    at: datetime
    reason: str


class AllTradingStopped(HaltEvent):
    """Trading is halted for everybody; `strength` says how much of it."""

    name = "all_trading_stopped"
    halts_everybody = True

    strength: HaltStrength = HaltStrength.REDUCE_ONLY


class AllTradingReleased(HaltEvent):
    """Everybody may trade again."""

    name = "all_trading_released"


class AllMoneyStopped(HaltEvent):
    """No money that was not sent yet is sent."""

    name = "all_money_stopped"
    halts_everybody = True


class AllMoneyReleased(HaltEvent):
    """Money is sent again."""

    name = "all_money_released"
