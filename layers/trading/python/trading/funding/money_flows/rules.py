"""Who may move how much, and what a refusal is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from trading.brokerage import errors as broker
from trading.brokerage.models import Direction
from trading.funding.accounts.models import BARS_DEPOSITS, DayTotals, Pause, TradingAccount, account_id_of
from trading.funding.money_flows.models import MIN_CENTS, AttemptState, FlowError, MoneyFlow
from trading.funding.money_flows.ports import BankAccount, Limits
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange
from trading.platform.clock import trading_date
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound, Refused
from trading.platform.receipts import Receipt, RequestKey

MAX_IN_FLIGHT = 200
"""How many money flows may be open at once: they lie in the account's item."""

NEVER_ARRIVED = FlowError("never_arrived", "The transfer did not reach the bank. Please try again.")
CANCELLED = FlowError("cancelled", "The transfer was cancelled because trading on this account is paused.")

_OUR_WORDS: Mapping[str, str] = {
    broker.BANK_NEEDS_REAUTH: "Please connect this bank account again.",
    broker.LIMIT_EXCEEDED: "This is more than can be transferred in a day. Please try again tomorrow.",
    broker.ACCOUNT_NOT_OPEN: "The trading account is not open.",
    broker.INSUFFICIENT_CASH: "There is not enough cash.",
}


@dataclass(frozen=True)
class FlowRequest:
    """What a person asks for. `account_id` None means their only trading account."""

    owner: str
    direction: Direction
    cents: int
    funding_account_id: str
    account_id: str | None
    key: RequestKey

    def __post_init__(self) -> None:
        """Refuse an amount below the least."""
        if self.cents < MIN_CENTS:
            message = f"must be at least {MIN_CENTS}"
            raise InvalidRequest(problems=(FieldProblem("amount_cents", message),))


def require_same(request: FlowRequest, flow: MoneyFlow) -> None:
    """Hold a replay against the request that the flow came from. Raises KeyReused."""
    request.key.matches(Receipt(request.key.receipt_id, flow.digest, flow.flow_id))


def require_account(account: TradingAccount | None, request: FlowRequest) -> TradingAccount:
    """Return the person's account. Raises NotFound for another's, Conflict if there is none."""
    if request.account_id not in {None, account_id_of(request.owner)}:
        raise NotFound("There is no such trading account.")
    if account is None or account.opened_at is None:
        raise Conflict("The trading account is not open yet.", code="account_not_open")
    return account


def require_allowed(account: TradingAccount, request: FlowRequest) -> None:
    """Hold the account's state against the request. Raises Conflict."""
    if is_paused(account, request.direction):
        raise Conflict("Trading on this account is paused. Please contact support.", code="trading_paused")
    if not (account.is_open if request.direction is Direction.DEPOSIT else account.lets_out):
        raise Conflict("The trading account is not open.", code="account_not_open")
    if len(account.in_flight) >= MAX_IN_FLIGHT:
        raise Conflict("Too many transfers are on their way.", code="limit_exceeded")


def require_within_limit(asked: DayTotals, request: FlowRequest, limits: Limits) -> None:
    """Hold the day's total against the limit. Raises Conflict."""
    if asked.of(request.direction) + request.cents > limits.max_a_day_cents[request.direction]:
        raise Conflict(_OUR_WORDS[broker.LIMIT_EXCEEDED], code="limit_exceeded")


def require_funds(account: TradingAccount, request: FlowRequest, room_cents: int) -> None:
    """Hold the amount against what is there and not asked for already. Raises Conflict.

    `room_cents` is the bank's balance for a deposit, the broker's withdrawable cash for a withdrawal;
    neither knows of what is on its way.
    """
    if request.direction is Direction.DEPOSIT:
        free = room_cents - account.pending_cents(request.funding_account_id)
    else:
        free = account.withdrawable_cents(room_cents)
    if request.cents > free:
        raise Conflict("There is not enough money for this.", code="insufficient_funds")


def require_off_hold(account: TradingAccount, bank: BankAccount, limits: Limits, now: datetime) -> None:
    """Refuse withdrawals to a bank account that neither funded a settled deposit nor was linked long ago.

    Raises Conflict `funding_account_on_hold`.
    """
    settled = account.settled_since(bank.funding_account_id)
    has_settled = settled is not None and _business_days_after(settled, limits.settled_business_days) <= now
    is_old = bank.linked_at is not None and bank.linked_at + timedelta(days=limits.linked_days) <= now
    if not has_settled and not is_old:
        raise Conflict("Withdrawals to this bank account are not possible yet.", code="funding_account_on_hold")


def is_to_be_cancelled(account: TradingAccount, flow: MoneyFlow) -> bool:
    """Say whether a withdrawal certainly never left and must not leave any more, since the account is paused."""
    is_unsent = flow.attempt is AttemptState.UNSENT and flow.direction is Direction.WITHDRAWAL
    return is_unsent and bool(account.pauses)


def may_go_again(flow: MoneyFlow, now: datetime) -> bool:
    """Say whether a request that the broker does not have may be sent again: its key acts only once."""
    return not flow.is_answered and flow.may_resend(now)


def is_paused(account: TradingAccount, direction: Direction) -> bool:
    """Say whether a person's pause keeps money of a direction from moving."""
    stops = BARS_DEPOSITS if direction is Direction.DEPOSIT else frozenset(Pause)
    return bool(account.pauses & stops)


def in_our_words(refusal: Refused) -> FlowError:
    """Return the broker's refusal for the person: its reason by our code, in our sentence."""
    return FlowError(refusal.code, _OUR_WORDS.get(refusal.code, "The transfer was refused. Please contact support."))


def _business_days_after(moment: datetime, count: int) -> datetime:
    while count:
        moment += timedelta(days=1)
        count -= trading_day(Exchange.NYSE, trading_date(moment)) is not None
    return moment
