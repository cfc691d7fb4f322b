"""What the simulated broker does when it is asked, and by itself as time passes."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from infra.sandbox.partners.drivewealth import wire
from infra.sandbox.partners.drivewealth.outcomes import (
    AT_ONCE,
    DEPOSIT_DAYS,
    REDEMPTION_DAYS,
    RETURN_DAYS,
    RETURNS,
    STAYS,
    BrokerError,
    business_days_after,
    cents_in,
    documents_in,
    kyc_outcome,
    status_after,
)
from infra.sandbox.partners.drivewealth.state import Account, BankAccount, Payment, Remembered, State, User
from trading.platform.clock import trading_date

T = TypeVar("T")

KYC_TAKES, OPENING_TAKES = timedelta(seconds=30), timedelta(seconds=20)
KEYS_KEPT = timedelta(days=4)
MOST_A_DAY_CENTS = 50_000_00


@dataclass
class Broker:
    """One broker; `emit` puts an event on the queue, `knows_token` judges Plaid's processor tokens."""

    file: Path
    now: Callable[[], datetime]
    emit: Callable[[str], None]
    knows_token: Callable[[str], bool]
    state: State = field(default_factory=State)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool, **ports: Any) -> "Broker":  # noqa: ANN401 - the other fields
        """Return the broker of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "drivewealth.json"
        if afresh:
            file.unlink(missing_ok=True)
        return cls(file, state=State.read(file), **ports)

    def once(self, operation: str, key: str | None, body: Mapping[str, Any], act: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """Act once for a key; the same request again gets the same answer, another one under it none."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
        known = self.state.keys.get(f"{operation}:{key}") if key else None
        if known is not None and self.now() - known.at < KEYS_KEPT:
            if known.digest != digest:
                raise BrokerError(400, "E400", "Idempotency key was used for another request")
            return known.answer
        answer = act()
        if key:
            self.state.keys[f"{operation}:{key}"] = Remembered(operation, digest, answer, self.now())
        return answer

    # people

    def create_user(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a new person's documents."""
        now = self.now()
        user = User(str(uuid4()), documents_in(body), now, now, kyc_updated=now, due=now + KYC_TAKES)
        self.state.users[user.user_id] = user
        told = {"userID": user.user_id, "firstName": wire.user(user)["firstName"], "lastName": user.last_name}
        status = {"name": "PENDING", "description": wire.USER_WORDS["PENDING"]}
        self._tell("users.created", {**told, "email": wire.user(user)["email"], "status": status}, user)
        return wire.user(user)

    def update_user(self, user_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace documents of a person; whoever is not approved is checked again."""
        user, now = self.user(user_id), self.now()
        user.documents |= documents_in(body)
        user.updated = now
        if user.kyc != "KYC_APPROVED":
            user.kyc, user.kyc_errors, user.kyc_comment = "KYC_PROCESSING", [], ""
            user.kyc_updated, user.due = now, now + KYC_TAKES
        return wire.user(user)

    def decide(self, user: User, status: str, errors: list[str]) -> None:
        """Decide a person's check, and tell it."""
        before, now = user.kyc, self.now()
        user.kyc, user.kyc_errors = status, errors
        user.kyc_comment = wire.KYC_COMMENTS.get(status, "")
        user.kyc_updated = user.updated = now
        user.due = None
        if status == "KYC_APPROVED" and user.status != "APPROVED":
            previous, user.status = user.status, "APPROVED"
            states = {"previous": previous, "current": "APPROVED"}
            told = {name: {"status": {"name": word, "description": word}} for name, word in states.items()}
            self._tell("users.updated", {**told, "userID": user.user_id}, user)
        self._tell("kyc.updated", wire.kyc_event(user, before), user)

    # accounts

    def open_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Open an account for a person."""
        user, now = self.user(str(body.get("userID"))), self.now()
        number = len(self.state.accounts) + 1
        account_id = f"{user.user_id}.{1_600_000_000_000 + number}"
        account = Account(account_id, f"DWFK{number:06d}", user.user_id, now, now, due=now + OPENING_TAKES)
        self.state.accounts[account_id] = account
        self._tell("accounts.created", wire.account_event(account), user)
        return wire.account(account)

    def set_status(self, account: Account, status: str) -> None:
        """Change an account's status, and tell it."""
        account.status, account.updated, account.due = status, self.now(), None
        self._tell("accounts.updated", wire.account_event(account), self.user(account.user_id))

    def add_bank_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Register a bank account that Plaid vouches for."""
        user, token = self.user(str(body.get("userID"))), str(body.get("plaidProcessorToken"))
        if not self.knows_token(token):
            raise BrokerError(400, "K110", "Plaid processor token provided is invalid")
        made = BankAccount(f"bank_{uuid4()}", user.user_id, str(body.get("bankAccountNickname")), token, self.now())
        self.state.bank_accounts[made.bank_account_id] = made
        return wire.bank_account(made, user)

    def delete_bank_account(self, bank_account_id: str) -> dict[str, Any]:
        """Forget a bank account."""
        self.bank_account(bank_account_id).is_deleted = True
        return {}

    # money

    def pay(self, category: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a deposit or a redemption."""
        account, cents = self._numbered(str(body.get("accountNo"))), cents_in(body.get("amount"))
        if account.status != "OPEN":
            raise BrokerError(400, "E030", "sub-account is not open")
        bank = self.bank_account(str(body.get("bankAccountID")))
        if not self.knows_token(bank.processor_token):
            raise BrokerError(400, "K110", "Plaid processor token provided is invalid")
        now, is_deposit = self.now(), category == "DEPOSIT"
        if self._asked_today(account, category, now) + cents > MOST_A_DAY_CENTS:
            kind = "Deposit" if is_deposit else "Redemption"
            message = f"{kind} transaction exceeds maximum daily ACH {kind.lower()} transaction limit"
            raise BrokerError(400, "E000", message)
        number, letter = len(self.state.payments) + 100, "D" if is_deposit else "R"
        payment = Payment(
            f"{account.account_no}-{1_600_000_000_000 + number}-{letter}{number:04d}",
            category,
            account.account_id,
            bank.bank_account_id,
            cents,
            body.get("note"),
            now,
            now,
            wire.PENDING if is_deposit else wire.RIA_PENDING,
        )
        if is_deposit:
            payment.due = business_days_after(now, DEPOSIT_DAYS) if cents % 100 != STAYS else None
            payment.status = wire.APPROVED if cents % 100 == AT_ONCE else wire.PENDING
        self.state.payments[payment.payment_id] = payment
        self._tell_payment("created", payment)
        return wire.payment(payment, account)

    def approve(self, payment_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take the advisor's word on a redemption."""
        payment = self.payment(payment_id, "REDEMPTION")
        account = self.state.accounts[payment.account_id]
        if payment.status != wire.RIA_PENDING:
            raise BrokerError(400, "E032", "Redemption is not pending approval")
        if body.get("status") != "RIA_Approved":
            raise BrokerError(400, "E033", "status is not allowed")
        if payment.cents > account.cash_cents:
            raise BrokerError(400, "Y075", "Amount exceeds available cash")
        self.move(payment, wire.RIA_APPROVED)
        return wire.payment(payment, account)

    def move(self, payment: Payment, status: int) -> None:
        """Change a payment's status with its cash, and tell it."""
        payment.status, payment.updated = status, self.now()
        account, sign = self.state.accounts[payment.account_id], 1 if payment.is_deposit else -1
        moves = status == wire.SUCCESSFUL
        if moves and not payment.has_moved_cash:
            account.cash_cents += sign * payment.cents - payment.fee_cents
        elif not moves and payment.has_moved_cash:
            account.cash_cents -= sign * payment.cents - payment.fee_cents
        payment.has_moved_cash = moves
        payment.due = self._next(payment)
        self._tell_payment("updated", payment)

    def tell_only(self, payment: Payment, status: int) -> None:
        """Tell a status that the payment does not have."""
        account = self.state.accounts[payment.account_id]
        name = "deposits" if payment.is_deposit else "redemptions"
        self._tell(f"{name}.updated", wire.payment_event(payment, account, status), self.user(account.user_id))

    # time

    def next_at(self) -> datetime | None:
        """Return when something happens by itself."""
        with self.lock:
            return min((due for due in self._due()), default=None)

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment."""
        with self.lock:
            for user in [each for each in self.state.users.values() if each.due and each.due <= moment]:
                self.decide(user, *kyc_outcome(user))
            for account in [each for each in self.state.accounts.values() if each.due and each.due <= moment]:
                self.set_status(account, "OPEN")
            for payment in [each for each in self.state.payments.values() if each.due and each.due <= moment]:
                self.move(payment, status_after(payment))
            self.state.keep(self.file)

    # looking things up

    def user(self, user_id: str) -> User:
        """Return a user. Raises BrokerError."""
        return _found(self.state.users.get(user_id), "U001", "User not found")

    def account(self, account_id: str) -> Account:
        """Return an account. Raises BrokerError."""
        return _found(self.state.accounts.get(account_id), "A001", "Account not found")

    def bank_account(self, bank_account_id: str) -> BankAccount:
        """Return a bank account. Raises BrokerError."""
        found = self.state.bank_accounts.get(bank_account_id)
        return _found(None if found is None or found.is_deleted else found, "B001", "Bank account not found")

    def payment(self, payment_id: str, category: str) -> Payment:
        """Return a payment. Raises BrokerError."""
        found = self.state.payments.get(payment_id)
        return _found(found if found and found.category == category else None, "P001", "Payment not found")

    def _numbered(self, account_no: str) -> Account:
        accounts = (each for each in self.state.accounts.values() if each.account_no == account_no)
        return _found(next(accounts, None), "A001", "Account not found")

    def _asked_today(self, account: Account, category: str, now: datetime) -> int:
        return sum(
            each.cents
            for each in self.state.payments.values()
            if (each.account_id, each.category) == (account.account_id, category)
            and trading_date(each.created) == trading_date(now)
            and each.status not in {wire.FAILED, wire.RETURNED}
        )

    def _due(self) -> list[datetime]:
        state = self.state
        everything: list[User | Account | Payment] = [
            *state.users.values(),
            *state.accounts.values(),
            *state.payments.values(),
        ]
        return [each.due for each in everything if each.due is not None]

    def _next(self, payment: Payment) -> datetime | None:
        if payment.cents % 100 == RETURNS and payment.status == wire.SUCCESSFUL:
            return business_days_after(self.now(), RETURN_DAYS)
        if payment.status in {wire.RIA_APPROVED, wire.APPROVED} and payment.cents % 100 != STAYS:
            return business_days_after(self.now(), DEPOSIT_DAYS if payment.is_deposit else REDEMPTION_DAYS)
        return None

    def _tell_payment(self, what: str, payment: Payment) -> None:
        account = self.state.accounts[payment.account_id]
        name = "deposits" if payment.is_deposit else "redemptions"
        told = wire.payment_event(payment, account, payment.status)
        self._tell(f"{name}.{what}", told, self.user(account.user_id))

    def _tell(self, kind: str, payload: Mapping[str, Any], about: User) -> None:
        self.state.events += 1
        moment = wire.nanoseconds(self.now(), self.state.events)
        event = {"id": f"event_{uuid4()}", "type": kind, "timestamp": moment, "payload": payload}
        for _ in range(2 if about.last_name == "Echo" else 1):
            self.emit(json.dumps(event))


def _found(found: T | None, code: str, message: str) -> T:
    if found is None:
        raise BrokerError(404, code, message)
    return found
