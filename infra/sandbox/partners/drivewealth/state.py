"""What the simulated broker remembers; kept as JSON in the sandbox's folder."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter


@dataclass
class User:
    """A person at the broker, with what they told in documents by type."""

    user_id: str
    documents: dict[str, dict[str, Any]]
    created: datetime
    updated: datetime
    status: str = "PENDING"
    kyc: str = "KYC_PROCESSING"
    kyc_errors: list[str] = field(default_factory=list)
    kyc_comment: str = ""
    kyc_updated: datetime | None = None
    due: datetime | None = None

    @property
    def last_name(self) -> str:
        """Return the name that picks the outcome."""
        return str(self.documents.get("BASIC_INFO", {}).get("lastName", ""))


@dataclass
class Account:
    """A brokerage account; cash is in cents and may be negative after a return."""

    account_id: str
    account_no: str
    user_id: str
    created: datetime
    updated: datetime
    status: str = "PENDING"
    cash_cents: int = 0
    due: datetime | None = None


@dataclass
class BankAccount:
    """A bank account that money may come from and go to."""

    bank_account_id: str
    user_id: str
    nickname: str
    processor_token: str
    created: datetime
    is_deleted: bool = False


@dataclass
class Payment:
    """A deposit or redemption; cents are absolute. `status` is the broker's number."""

    payment_id: str
    category: str
    account_id: str
    bank_account_id: str
    cents: int
    note: str | None
    created: datetime
    updated: datetime
    status: int
    fee_cents: int = 0
    due: datetime | None = None
    has_moved_cash: bool = False

    @property
    def is_deposit(self) -> bool:
        """Say which way the money goes."""
        return self.category == "DEPOSIT"


@dataclass
class Remembered:
    """The answer that an idempotency key got."""

    operation: str
    digest: str
    answer: dict[str, Any]
    at: datetime


@dataclass
class State:
    """Everything, oldest first."""

    users: dict[str, User] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    bank_accounts: dict[str, BankAccount] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    documents: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, Remembered] = field(default_factory=dict)
    events: int = 0

    def keep(self, file: Path) -> None:
        """Write everything down."""
        file.write_bytes(_STATE.dump_json(self))

    @classmethod
    def read(cls, file: Path) -> "State":
        """Return what was written down; of a file that is not there, nothing."""
        return _STATE.validate_json(file.read_bytes()) if file.exists() else cls()


_STATE = TypeAdapter(State)
