"""Events of money flows, of trading accounts, and of what reconciliation finds."""

from datetime import datetime

from trading.brokerage.halts import HaltStrength
from trading.platform.domain_events import PersonEvent, Subscriber


class MoneyFlowEvent(PersonEvent):
    """A deposit or a withdrawal has another status."""

    money_flow_id: str
    trading_account_id: str
    amount_cents: int


class DepositSucceeded(MoneyFlowEvent):
    """A deposit arrived."""

    name = "deposit_succeeded"
    subscribers = (Subscriber.CASH, Subscriber.NOTIFICATIONS)


class DepositFailed(MoneyFlowEvent):
    """A deposit did not go through."""

    name = "deposit_failed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class DepositReturned(MoneyFlowEvent):
    """A bank took a deposit back after it had succeeded."""

    name = "deposit_returned"
    subscribers = (Subscriber.HOLDINGS, Subscriber.CASH, Subscriber.NOTIFICATIONS)


class WithdrawalSucceeded(MoneyFlowEvent):
    """A withdrawal was paid out."""

    name = "withdrawal_succeeded"
    subscribers = (Subscriber.CASH, Subscriber.NOTIFICATIONS)


class WithdrawalFailed(MoneyFlowEvent):
    """A withdrawal was not paid out."""

    name = "withdrawal_failed"
    subscribers = (Subscriber.CASH, Subscriber.NOTIFICATIONS)


class WithdrawalReturned(MoneyFlowEvent):
    """A withdrawal came back after it had succeeded."""

    name = "withdrawal_returned"


class PaymentDisagrees(PersonEvent):
    """A payment at the broker is another than its money flow asked for, in one field."""

    name = "payment_disagrees"

    money_flow_id: str
    field: str


class AccountOpened(PersonEvent):
    """A trading account is open at the broker."""

    name = "account_opened"

    trading_account_id: str
    at: datetime


class TradingPaused(PersonEvent):
    """A person's trading was paused; `strength` says how much of it."""

    name = "trading_paused"
    subscribers = (Subscriber.HOLDINGS, Subscriber.ENTRY_CANCELLATIONS, Subscriber.NOTIFICATIONS)

    reason: str
    trading_account_id: str | None = None
    strength: HaltStrength = HaltStrength.REDUCE_ONLY


class TradingResumed(PersonEvent):
    """A person may trade again."""

    name = "trading_resumed"
    subscribers = (Subscriber.NOTIFICATIONS,)

    trading_account_id: str | None = None


class DiscrepancyFound(PersonEvent):
    """The broker's cash is not what our journal says."""

    name = "discrepancy_found"

    difference_cents: int
