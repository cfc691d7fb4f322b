"""What the broker knows of a managed portfolio: funds, what they hold, and the runs that trade for it.

Amounts are cents, weights and quantities exact decimals. A fund is the broker's object for one of our
collections in one account; the broker knows it by the client id that we gave it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True)
class HeldSymbol:
    """What a fund holds of one symbol; `quantity` is the fund's own share of it."""

    symbol: str
    cents: int
    quantity: Decimal
    target: Decimal
    actual: Decimal


@dataclass(frozen=True)
class HeldFund:
    """A fund with its weights in the portfolio."""

    fund_id: str
    cents: int
    target: Decimal
    actual: Decimal
    symbols: tuple[HeldSymbol, ...]


@dataclass(frozen=True)
class PortfolioStatus:
    """What an account holds as the broker reports it, whether that makes sense or not."""

    portfolio_id: str
    equity_cents: int
    cash_cents: int
    cash_target: Decimal
    cash_actual: Decimal
    funds: tuple[HeldFund, ...]


@dataclass(frozen=True)
class FundOrder:
    """A fund to make, or the targets that an old one gets: weights by symbol that sum to 1."""

    client_fund_id: str
    name: str
    weights: Mapping[str, Decimal]


class RunClass(StrEnum):
    """What a run's status comes to."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Say whether nothing more comes."""
        return self is not RunClass.PENDING


@dataclass(frozen=True)
class BrokerRun:
    """An autopilot run as the broker has it. `errors` counts the accounts that failed.

    `rank` orders the statuses that a run goes through; None where the status is not known to us.
    `outcome_url` leads to what became of each account; it expires.
    """

    run_id: str
    raw_status: str
    run_class: RunClass
    rank: int | None
    created_at: datetime | None
    errors: int
    outcome_url: str | None


class TransactionKind(StrEnum):
    """The transactions that change what is held, or bring cash, without an order of ours."""

    DIVIDEND = "dividend"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    SPLIT = "split"


@dataclass(frozen=True)
class BrokerTransaction:
    """A corporate action in an account: cents of cash (signed), shares that came or went.

    With `takes_old` all shares of the old symbol went, too.
    """

    transaction_id: str
    account_id: str
    kind: TransactionKind
    symbol: str
    cents: int
    quantity: Decimal
    new_symbol: str | None
    comment: str
    takes_old: bool = False
