"""What the routes of trading accounts and money flows take and answer."""

from typing import Annotated

from pydantic import Field

from trading.brokerage.models import AccountStatus, DayTradeRule, Direction, KycStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.funding.money_flows.rules import FlowRequest
from trading.platform.errors import NotFound
from trading.platform.fields import Moment, Reply, Request
from trading.platform.ids import is_id
from trading.platform.receipts import RequestKey

MAX_CENTS = 100_000_000_000

PositiveCents = Annotated[int, Field(ge=100, le=MAX_CENTS)]
"""An amount of at least a dollar, in whole cents."""


class FlowBody(Request):
    """A deposit or withdrawal that a person asks for."""

    amount_cents: PositiveCents
    funding_account_id: str
    trading_account_id: str | None = None

    def to_request(self, owner: str, direction: Direction, key: str) -> FlowRequest:
        """Return what the person asks for, with the key that guards it.

        Raises:
            NotFound: if an id cannot be one of ours.
        """
        if not is_id(self.funding_account_id):
            raise NotFound("There is no such funding account.")
        return FlowRequest(
            owner=owner,
            direction=direction,
            cents=self.amount_cents,
            funding_account_id=self.funding_account_id,
            account_id=self.trading_account_id,
            key=RequestKey.of(owner, f"create_{direction}", key, self.model_dump(mode="json")),
        )


class FlowErrorReply(Reply):
    """Why a money flow came to nothing."""

    code: str
    message: str


class StepReply(Reply):
    """One status of a money flow, and since when."""

    status: FlowStatus
    at: Moment


class MoneyFlowReply(Reply):
    """A deposit or withdrawal."""

    money_flow_id: str
    direction: Direction
    amount_cents: int
    fee_cents: int
    status: FlowStatus
    error: FlowErrorReply | None
    timeline: list[StepReply]
    funding_account_id: str
    trading_account_id: str
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, flow: MoneyFlow) -> "MoneyFlowReply":
        """Return a money flow as answers show it."""
        error = FlowErrorReply(code=flow.error.code, message=flow.error.message) if flow.error else None
        return cls(
            money_flow_id=flow.flow_id,
            direction=flow.direction,
            amount_cents=flow.cents,
            fee_cents=flow.fee_cents,
            status=flow.status,
            error=error,
            timeline=[StepReply(status=step.status, at=step.at) for step in flow.timeline],
            funding_account_id=flow.funding_account_id,
            trading_account_id=flow.account_id,
            created_at=flow.created_at,
            updated_at=flow.updated_at,
        )


class TradingAccountReply(Reply):
    """A trading account.

    `buying_power_cents` is what nothing is asked of, `cash_available_for_withdrawal_cents` exactly what a
    withdrawal would get, `pending_fees_cents` what is invoiced. `day_trade_rule` is what the broker holds day trades
    against; a cash account has none, and portfolios trade paper money under none.
    """

    trading_account_id: str
    account_no: str
    status: AccountStatus
    cash_balance_cents: int
    cash_available_for_trade_cents: int
    cash_available_for_withdrawal_cents: int
    pending_cash_cents: int
    buying_power_cents: int
    equity_cents: int
    pending_fees_cents: int
    day_trade_rule: DayTradeRule

    @classmethod
    def of(cls, account: TradingAccount, *, withdrawable_cents: int, pending_fees_cents: int) -> "TradingAccountReply":
        """Return an account that is or was open as answers show it."""
        return cls(
            trading_account_id=account.account_id,
            account_no=account.account_no or "",
            status=account.status or AccountStatus.PENDING,
            cash_balance_cents=account.broker_cash_cents,
            cash_available_for_trade_cents=account.cash_cents,
            cash_available_for_withdrawal_cents=withdrawable_cents,
            pending_cash_cents=account.pending_cents(),
            buying_power_cents=account.cash_cents,
            equity_cents=account.broker_cash_cents + account.holdings_cents,
            pending_fees_cents=pending_fees_cents,
            day_trade_rule=account.day_trade_rule,
        )


class ProfileReply(Reply):
    """The state of a person."""

    profile_id: str
    kyc_status: KycStatus
    trading_enabled: bool
    trading_paused: bool
    billing_hold: bool


class MoneyFlowList(Reply):
    """A page of money flows."""

    items: list[MoneyFlowReply]
    next_cursor: str | None


class TradingAccountList(Reply):
    """The trading accounts of a person: none or one."""

    items: list[TradingAccountReply]
    next_cursor: None = None
