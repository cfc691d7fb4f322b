"""Journal entries of the double-entry ledger.

An entry belongs to one journal (of a portfolio or a trading account) and has its next sequence
number. Its lines sum to zero; a debit is positive. Entries are never changed: a correction is
another entry.

A portfolio's journal:

    DEPOSIT      cash +a                       capital -a
    WITHDRAWAL   cash -a                       capital +a
    BUY          holdings +a  commission +c    cash -(a + c)
    SELL         cash +(a - c)  commission +c  holdings -cost  gains -(a - cost)
    DIVIDEND     receivables +d                dividends -d
     paid        cash +d                       receivables -d
    SPLIT        receivables +f                holdings -f       (f: the cost of a fraction)
     CASH_IN_LIEU  cash +a                     receivables -f  gains -(a - f)
    MERGER, DELISTING   as SELL, without commission

A trading account's journal: each status of a deposit or withdrawal of `a` means a position, and
an entry posts what leads from one position to the next. What cash cannot pay is owed by the person.

    deposit      pending     bank_in_transit +a       bank -a
                 approved    cash_held +a             bank -a
                 success     cash +a                  bank -a
    withdrawal   pending     withdrawals_reserved +a  cash -a
                 success     bank +a                  cash -a
    both         failed or returned: nothing is left
    fee of f                 fees +f                  cash -f
    shortfall of s           cash +s                  owed_by_person -s
    buy          wanted      buys_reserved +a         cash -a
                 executed    invested +x              cash -x          (x negative: sold)
    dividend of d            cash +d                  dividends -d

A person's fees have a journal of ours, apart from their account's: see `trading.billing.models`. What is to
be taken from cash lies on `fees_reserved` until the broker has paid it.

`invested` is what went into holdings less what came out of them: their value less that is the gain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What an entry records."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    BUY = "BUY"
    SELL = "SELL"
    TRANSFER = "TRANSFER"
    SPLIT = "SPLIT"
    STOCK_DIVIDEND = "STOCK_DIVIDEND"
    DIVIDEND = "DIVIDEND"
    SYMBOL_CHANGE = "SYMBOL_CHANGE"
    MERGER = "MERGER"
    DELISTING = "DELISTING"
    CASH_IN_LIEU = "CASH_IN_LIEU"


class LedgerAccount(StrEnum):
    """The accounts of a journal. Those of the owner's side keep a balance, on the owner's own record."""

    CASH = "cash"
    HOLDINGS = "holdings"
    CAPITAL = "capital"
    COMMISSION = "commission"
    GAINS = "gains"
    BANK = "bank"
    BANK_IN_TRANSIT = "bank_in_transit"
    CASH_HELD = "cash_held"
    WITHDRAWALS_RESERVED = "withdrawals_reserved"
    BUYS_RESERVED = "buys_reserved"
    INVESTED = "invested"
    DIVIDENDS = "dividends"
    RECEIVABLES = "receivables"
    FEES = "fees"
    FEES_RESERVED = "fees_reserved"
    FEES_RECEIVABLE = "fees_receivable"
    FEE_REVENUE = "fee_revenue"
    FEE_CLEARING = "fee_clearing"
    CARD_CLEARING = "card_clearing"
    REFUNDS = "refunds"
    CREDITS = "credits"
    DISPUTED = "disputed"
    PAYOUTS_DUE = "payouts_due"
    OWED_BY_PERSON = "owed_by_person"


class UnbalancedEntryError(ValueError):
    """Raised when an entry's lines do not sum to zero: a defect in our own code, never a client's."""


@dataclass(frozen=True)
class Line:
    """An amount on one side of one account: a debit is positive, a credit negative."""

    account: LedgerAccount
    cents: int


@dataclass(frozen=True)
class Trade:
    """What was bought or sold. `trade_date` is the session's, or None for a manual trade.

    `price_at` and `price_from` say of what moment the price is that decided it, and whether that was a
    `quote`, the last `trade` in its place, or one given by `hand`.
    """

    symbol: str
    quantity: Decimal
    price: Decimal
    amount_cents: int
    commission_cents: int = 0
    trade_date: date | None = None
    price_at: datetime | None = None
    price_from: str | None = None


@dataclass(frozen=True)
class Entry:
    """One balanced movement of a journal; `balance_cents` is its cash after it.

    `reference` names what moved, where that is no trade: a money flow and its new status, a corporate
    action. `shares` are those that came or went by symbol, where that was no trade.
    """

    journal: str
    seq: int
    entry_id: str
    kind: Kind
    at: datetime
    lines: tuple[Line, ...]
    balance_cents: int
    trade: Trade | None = None
    reference: str | None = None
    shares: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse lines that do not sum to zero."""
        if sum(line.cents for line in self.lines) != 0:
            raise UnbalancedEntryError(f"entry {self.entry_id} does not balance")

    @property
    def share_changes(self) -> Mapping[str, Decimal]:
        """Return the shares that came (above 0) or went, by symbol."""
        if self.trade is None or self.kind not in {Kind.BUY, Kind.SELL}:
            return self.shares
        return {self.trade.symbol: self.trade.quantity if self.kind is Kind.BUY else -self.trade.quantity}

    def on(self, account: LedgerAccount) -> int:
        """Return the cents that the entry posts to an account."""
        return sum(line.cents for line in self.lines if line.account is account)
