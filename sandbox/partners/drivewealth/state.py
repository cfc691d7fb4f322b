"""What the simulated broker remembers; kept as JSON in the sandbox's folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from sandbox.partners.drivewealth.managed.state import DueCorruption, Fund, Portfolio, Run

T = TypeVar("T")


class BrokerError(Exception):
    """Raised when the broker says no: an HTTP status and its own code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def malformed(message: str) -> BrokerError:
    """Return what the broker says of a request that it cannot read."""
    return BrokerError(400, "E400", message)


@dataclass
class User:
    """A person at the broker, with what they stated in documents by type; of the tax id, its last four alone."""

    user_id: str
    documents: dict[str, dict[str, Any]]
    created: datetime
    updated: datetime
    wlp_id: str = ""
    parent_ib_id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    status: str = "PENDING"
    approved: datetime | None = None
    kyc: str = "KYC_PROCESSING"
    kyc_errors: list[str] = field(default_factory=list)
    kyc_comment: str = ""
    kyc_updated: datetime | None = None
    due: datetime | None = None

    @property
    def last_name(self) -> str:
        """Return the name that picks the outcome."""
        return str(self.of("BASIC_INFO").get("lastName", ""))

    def of(self, kind: str) -> Mapping[str, Any]:
        """Return what a document says; of one that was never handed in, nothing."""
        return self.documents.get(kind, {})


@dataclass
class Account:
    """A brokerage account; cash is in cents and may be negative after a return.

    `shares` are quantities by fund and symbol, `costs` cents by symbol; `rebalanced` is when the last
    autopilot run was through with it.
    """

    account_id: str
    account_no: str
    user_id: str
    created: datetime
    updated: datetime
    status: str = "PENDING"
    cash_cents: int = 0
    ria_user_id: str = ""
    ria_product_id: str = ""
    ignores_hours: bool = False
    opened: datetime | None = None
    due: datetime | None = None
    portfolio_id: str | None = None
    shares: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    rebalanced: datetime | None = None


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
    """A deposit or redemption; cents are absolute. `status` is the broker's number.

    `bank_account_id` is None where the money does not go to a bank account that Plaid vouches for.
    """

    payment_id: str
    category: str
    account_id: str
    bank_account_id: str | None
    cents: int
    note: str | None
    created: datetime
    updated: datetime
    status: int
    kind: str = "ACH"
    code: str | None = None
    comment: str = ""
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
class Held:
    """An event that is held back, and for how long at most."""

    text: str
    user_id: str
    until: datetime


@dataclass
class State:
    """Everything, oldest first; `prices` are the last ones that anybody paid."""

    users: dict[str, User] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    bank_accounts: dict[str, BankAccount] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    documents: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, Remembered] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    funds: dict[str, Fund] = field(default_factory=dict)
    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    corruptions: list[DueCorruption] = field(default_factory=list)
    events: int = 0

    def keep(self, file: Path) -> None:
        """Write everything down; a process that dies meanwhile leaves what was there before."""
        draft = file.with_suffix(".draft")
        draft.write_bytes(_STATE.dump_json(self))
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> "State":
        """Return what was written down; of a file that is not there, nothing."""
        return _STATE.validate_json(file.read_bytes()) if file.exists() else cls()

    def user(self, user_id: object) -> User:
        """Return a user. Raises BrokerError."""
        return _found(self.users.get(str(user_id)), "U001", "User not found")

    def account(self, account_id: str) -> Account:
        """Return an account. Raises BrokerError."""
        return _found(self.accounts.get(account_id), "A001", "Account not found")

    def numbered(self, account_no: str) -> Account:
        """Return the account of a number. Raises BrokerError."""
        accounts = (account for account in self.accounts.values() if account.account_no == account_no)
        return _found(next(accounts, None), "A001", "Account not found")

    def bank_account(self, bank_account_id: str) -> BankAccount:
        """Return a bank account that is still there. Raises BrokerError."""
        found = self.bank_accounts.get(bank_account_id)
        return _found(None if found is None or found.is_deleted else found, "B001", "Bank account not found")

    def payment(self, payment_id: str, category: str) -> Payment:
        """Return a payment of a category. Raises BrokerError."""
        found = self.payments.get(payment_id)
        return _found(found if found and found.category == category else None, "P001", "Payment not found")

    def fund(self, fund_id: str) -> Fund:
        """Return a fund. Raises BrokerError."""
        return _found(self.funds.get(fund_id), "F404", "Fund not found")

    def portfolio(self, portfolio_id: object) -> Portfolio:
        """Return a portfolio. Raises BrokerError."""
        return _found(self.portfolios.get(str(portfolio_id)), "P404", "Portfolio not found")

    def run(self, run_id: str) -> Run:
        """Return an autopilot run. Raises BrokerError."""
        return _found(self.runs.get(run_id), "R404", "Autopilot run not found")

    def owner(self, account_id: str) -> User:
        """Return whose an account is."""
        return self.users[self.accounts[account_id].user_id]

    def due(self) -> list[datetime]:
        """Return the moments at which something happens by itself."""
        everything: list[User | Account | Payment | Run] = [
            *self.users.values(),
            *self.accounts.values(),
            *self.payments.values(),
            *self.runs.values(),
        ]
        return [*(timed.due for timed in everything if timed.due is not None), *(event.until for event in self.held)]


def _found(found: T | None, code: str, message: str) -> T:
    if found is None:
        raise BrokerError(404, code, message)
    return found


_STATE = TypeAdapter(State)
