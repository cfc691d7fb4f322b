"""What the broker knows of a person: user, KYC decision, account, money, bank account, payment.

Adapters turn a broker's wire formats into these, and the areas know nothing else of it. Amounts are
absolute cents; a payment's direction says which way they go. A broker status that is unknown, null
or not mapped becomes `None`: the record then stays as it is, and an operator is notified.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KycStatus(StrEnum):
    """The status of a person at the broker's identity check."""

    NOT_READY = "NOT_READY"
    READY = "READY"
    PROCESSING = "PROCESSING"
    APPROVED = "APPROVED"
    INFO_REQUIRED = "INFO_REQUIRED"
    DOC_REQUIRED = "DOC_REQUIRED"
    MANUAL_REVIEW = "MANUAL_REVIEW"
    DENIED = "DENIED"


@dataclass(frozen=True)
class KycError:
    """One thing that the check found: a stable name such as `SSN_NOT_MATCH`, and a sentence for the person."""

    code: str
    description: str


@dataclass(frozen=True)
class KycDecision:
    """The latest outcome of the check; `status` is None where the broker's is not known to us."""

    status: KycStatus | None
    raw_status: str
    message: str
    errors: tuple[KycError, ...]
    updated_at: datetime | None


@dataclass(frozen=True)
class BrokerUser:
    """A person at the broker. `status` is PENDING, APPROVED, REVOKED, CLOSED or another word of theirs.

    `email`, and our `reference` that the person came with, are empty where the broker does not report them.
    """

    user_id: str
    status: str
    email: str = ""
    reference: str = ""


class AccountStatus(StrEnum):
    """What a brokerage account allows."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    OPEN_NO_NEW_TRADES = "OPEN_NO_NEW_TRADES"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class DayTradeRule(StrEnum):
    """What a broker holds an account's day trades against.

    `pdt`, four trades in five days below $25,000, ended on 2026-06-04 (FINRA 26-10); brokers have until 2027-10-20
    for `intraday_margin`. A cash account has neither.
    """

    NONE = "none"
    PDT = "pdt"
    INTRADAY_MARGIN = "intraday_margin"


@dataclass(frozen=True)
class BrokerAccount:
    """A brokerage account; `status` is None where the broker's is not known to us."""

    account_id: str
    account_no: str
    user_id: str
    status: AccountStatus | None
    raw_status: str
    day_trade_rule: DayTradeRule = DayTradeRule.NONE


@dataclass(frozen=True)
class MoneySummary:
    """An account's cash at the broker, in cents. Cash may be negative."""

    cash_cents: int
    available_for_trade_cents: int
    available_for_withdrawal_cents: int


@dataclass(frozen=True)
class BrokerBankAccount:
    """A bank account as the broker registered it. Numbers come masked and are not kept; lists may name no user."""

    bank_account_id: str
    nickname: str
    user_id: str
    is_active: bool = True


@dataclass(frozen=True)
class IdentityDocument:
    """A picture of a document on its way to the broker; `side` is FRONT or BACK."""

    type: str
    side: str
    content_type: str
    content: bytes


class Direction(StrEnum):
    """Which way a payment goes, seen from the trading account."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class PaymentStatus(StrEnum):
    """The status of a payment at the broker, apart from its own names for it.

    `AWAITING_ADVISOR` is a redemption that the advisor (we) must approve first.
    """

    PENDING = "pending"
    AWAITING_ADVISOR = "awaiting_advisor"
    APPROVED = "approved"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    RETURNED = "returned"


@dataclass(frozen=True)
class PaymentOrder:
    """A deposit or withdrawal that the broker is asked for; `note` is our id, by which it is found again."""

    account_no: str
    cents: int
    bank_account_id: str
    note: str


@dataclass(frozen=True)
class BrokerPayment:
    """A payment as the broker has it. `fee_cents` is None where the source does not report fees (events).

    `status` is None where the broker's is unknown, null or not mapped; `raw_status` is its own word.
    What a source does not name is 0 (`cents`) or None (`account_id`, `note`, `currency`).
    """

    payment_id: str
    direction: Direction
    cents: int
    status: PaymentStatus | None
    raw_status: str
    comment: str
    account_id: str | None
    note: str | None
    fee_cents: int | None = None
    currency: str | None = None
