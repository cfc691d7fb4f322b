"""What the simulated broker remembers of managed money: funds, portfolios, autopilot runs."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "BUY"
    SELL = "SELL"


class Corruption(StrEnum):
    """What may be wrong with a portfolio's status."""

    NULL_WEIGHTS = "null_weights"
    NO_CASH = "no_cash"
    NEGATIVE_VALUE = "negative_value"
    SUM_OFF = "sum_off"
    WEIGHTS_OFF = "weights_off"
    NULL_EQUITY = "null_equity"
    NULL_CASH_ID = "null_cash_id"
    NOT_JSON_NUMBER = "not_json_number"


@dataclass
class Fund:
    """A set of symbols with targets that sum to 1; `max_drift` is what its trigger allows, if it has one."""

    fund_id: str
    user_id: str
    client_id: str
    name: str
    description: str
    targets: dict[str, Decimal]
    created: datetime
    max_drift: Decimal | None = None


@dataclass
class Portfolio:
    """Cash and funds, by their ids, with targets that sum to 1; `max_drift` is what its trigger allows."""

    portfolio_id: str
    user_id: str
    client_id: str
    name: str
    description: str
    cash: Decimal
    funds: dict[str, Decimal]
    created: datetime
    max_drift: Decimal | None = None


@dataclass(frozen=True)
class Trade:
    """An account's part of an order: what was asked for, and what became of it.

    `asked` is None where the whole quantity goes; `quantity` and `cents` are what was filled.
    """

    account_id: str
    fund_id: str
    symbol: str
    side: Side
    asked: int | None
    wanted: Decimal
    quantity: Decimal = Decimal(0)
    cents: int = 0
    rejection: str | None = None


@dataclass
class RequestedChanges:
    """How a run shall end: which accounts fail, how much of each order is filled, what is refused, and for what fee."""

    failing: list[str] = field(default_factory=list)
    fill_percent: int = 100
    fee_cents: int = 0
    reject: list[str] = field(default_factory=list)


@dataclass
class Run:
    """An autopilot run over some accounts; `errors`, `fees` (cents) and `orders` are by account.

    Orders are made when it begins, from what accounts hold and their targets are then; they are None until it did.
    What is over moves no position any more.
    """

    run_id: str
    ria_id: str
    accounts: list[str]
    created: datetime
    updated: datetime
    status: str
    is_review: bool
    begins: datetime
    due: datetime | None
    step: int = 0
    is_over: bool = False
    requested_changes: RequestedChanges = field(default_factory=RequestedChanges)
    errors: dict[str, str] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    orders: dict[str, list[Trade]] | None = None


@dataclass
class DueCorruption:
    """A corruption that an account's next statuses have."""

    account_id: str
    corruption: Corruption
    times: int
