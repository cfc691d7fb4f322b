"""What the simulated broker does when it is asked, and by itself as time passes."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth import people as identity
from sandbox.partners.drivewealth import wire
from sandbox.partners.drivewealth.events import TargetWriter
from sandbox.partners.drivewealth.managed.autopilot import Autopilot
from sandbox.partners.drivewealth.managed.corporate_actions import Actions
from sandbox.partners.drivewealth.managed.funds import Managed
from sandbox.partners.drivewealth.managed.holdings import Price, Values
from sandbox.partners.drivewealth.managed.statuses import Statuses
from sandbox.partners.drivewealth.money import Money
from sandbox.partners.drivewealth.outcomes import kyc_outcome, status_after
from sandbox.partners.drivewealth.requests import documents_in, malformed, picture_in
from sandbox.partners.drivewealth.state import Account, BankAccount, BrokerError, Remembered, State, User
from sandbox.partners.market_data import SHIPPED

KYC_TAKES, OPENING_TAKES = timedelta(seconds=30), timedelta(seconds=20)
KEYS_KEPT = timedelta(days=4)


@dataclass
class Broker:
    """One broker; `emit` puts an event on the queue, `knows_token` judges Plaid's processor tokens.

    `symbols` tells which there are, and whether they are active; `price` what one costs now, if anybody knows.

    Whoever calls anything but `next_at` and `advance` holds `lock`, and has the state kept afterwards.
    """

    file: Path
    now: Callable[[], datetime]
    emit: Callable[[str], object]
    knows_token: Callable[[str], bool]
    symbols: Callable[[], Mapping[str, bool]] = lambda: dict.fromkeys(SHIPPED, True)
    price: Price = lambda _: None
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

    @property
    def money(self) -> Money:
        """Return the payments, as of now."""
        return Money(self.state, self.now(), self._target_writer, self.knows_token)

    @property
    def values(self) -> Values:
        """Return what holdings are worth now."""
        return Values(cache(self.price), self.state.prices)

    @property
    def managed(self) -> Managed:
        """Return the funds and portfolios, as of now."""
        return Managed(self.state, self.now(), self.symbols())

    @property
    def statuses(self) -> Statuses:
        """Return the portfolios' statuses, as of now."""
        return Statuses(self.state, self.now(), self.values)

    @property
    def autopilot(self) -> Autopilot:
        """Return the autopilot runs, as of now."""
        return Autopilot(self.state, self.now(), self.values, self.symbols())

    @property
    def actions(self) -> Actions:
        """Return what companies do to their shares, as of now."""
        return Actions(self.state, self._target_writer)

    def once(self, operation: str, key: str | None, body: Mapping[str, Any], act: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """Act once for a key; the same request again gets the same answer, another one under it none."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
        known = self.state.keys.get(f"{operation}:{key}") if key else None
        if known is not None and self.now() - known.at < KEYS_KEPT:
            if known.digest != digest:
                raise malformed("Idempotency key was used for another request")
            return known.answer
        answer = act()
        if key:
            self.state.keys[f"{operation}:{key}"] = Remembered(operation, digest, answer, self.now())
        return answer

    def keep(self) -> None:
        """Write down what there is."""
        self.state.keep(self.file)

    # people

    def create_user(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a new person's documents."""
        now, documents = self.now(), documents_in(body)
        if "BASIC_INFO" not in documents:
            raise malformed("BASIC_INFO is missing")
        user = User(str(uuid4()), documents, now, now, kyc_updated=now, due=now + KYC_TAKES)
        user.metadata = dict(body.get("metadata") or {})
        user.wlp_id, user.parent_ib_id = str(body.get("wlpID") or ""), str(body.get("parentIBID") or "")
        self.state.users[user.user_id] = user
        self._target_writer.tell("users.created", identity.created_event(user), user)
        return identity.user(user)

    def update_user(self, user_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace documents of a person; whoever is not approved is checked again."""
        user, now = self.state.user(user_id), self.now()
        user.documents |= documents_in(body)
        user.updated = now
        if user.kyc != "KYC_APPROVED":
            user.kyc, user.kyc_errors, user.kyc_comment = "KYC_PROCESSING", [], ""
            user.kyc_updated, user.due = now, now + KYC_TAKES
        return identity.user(user)

    def add_picture(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a picture of an identity document, and remember that there was one."""
        user = self.state.user(body.get("userID"))
        kept = {"document_id": f"document_{uuid4()}", "user_id": user.user_id, **picture_in(body)}
        self.state.documents.append(kept)
        return wire.document(kept)

    def decide(self, user: User, status: str, errors: list[str]) -> None:
        """Decide a person's check, and tell it."""
        before, now = user.kyc, self.now()
        user.kyc, user.kyc_errors = status, errors
        user.kyc_comment = identity.COMMENTS.get(status, "")
        user.kyc_updated = user.updated = now
        user.due = None
        if status == "KYC_APPROVED" and user.status != "APPROVED":
            previous, user.status, user.approved = user.status, "APPROVED", now
            self._target_writer.tell("users.updated", identity.updated_event(user, previous), user)
        self._target_writer.tell("kyc.updated", identity.kyc_event(user, before), user)

    # accounts

    def open_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Open an account for a person."""
        user, now = self.state.user(body.get("userID")), self.now()
        if body.get("accountManagementType") != "RIA_MANAGED" or body.get("tradingType") != "CASH":
            raise malformed("accountManagementType or tradingType is not supported")
        number = len(self.state.accounts) + 1
        account = Account(
            account_id=f"{user.user_id}.{1_600_000_000_000 + number}",
            account_no=f"DWFK{number:06d}",
            user_id=user.user_id,
            created=now,
            updated=now,
            ria_user_id=str(body.get("riaUserID") or ""),
            ria_product_id=str(body.get("riaProductID") or ""),
            ignores_hours=body.get("ignoreMarketHoursForTest") is True,
            due=now + OPENING_TAKES,
        )
        self.state.accounts[account.account_id] = account
        self._target_writer.tell("accounts.created", wire.account_event(account), user)
        return wire.account(account, user)

    def set_status(self, account: Account, status: str) -> None:
        """Change an account's status, and tell it."""
        now = self.now()
        account.status, account.updated, account.due = status, now, None
        if status == "OPEN" and account.opened is None:
            account.opened = now
        self._target_writer.tell("accounts.updated", wire.account_event(account), self.state.user(account.user_id))

    def add_bank_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Register a bank account that Plaid vouches for."""
        user, token = self.state.user(body.get("userID")), str(body.get("plaidProcessorToken"))
        if not self.knows_token(token):
            raise BrokerError(400, "K110", "Plaid processor token provided is invalid")
        made = BankAccount(f"bank_{uuid4()}", user.user_id, str(body.get("bankAccountNickname")), token, self.now())
        self.state.bank_accounts[made.bank_account_id] = made
        return wire.bank_account(made, user)

    def delete_bank_account(self, bank_account_id: str) -> dict[str, Any]:
        """Forget a bank account."""
        self.state.bank_account(bank_account_id).is_deleted = True
        return {}

    # time

    def next_at(self) -> datetime | None:
        """Return when something happens by itself."""
        with self.lock:
            return min(self.state.due(), default=None)

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment."""
        state = self.state
        with self.lock:
            for user in [user for user in state.users.values() if user.due and user.due <= moment]:
                self.decide(user, *kyc_outcome(user))
            for account in [account for account in state.accounts.values() if account.due and account.due <= moment]:
                self.set_status(account, "OPEN")
            for payment in [payment for payment in state.payments.values() if payment.due and payment.due <= moment]:
                self.money.move(payment, status_after(payment))
            for run in [run for run in state.runs.values() if run.due and run.due <= moment]:
                self.autopilot.go_on(run)
            self._target_writer.catch_up()
            self.keep()

    @property
    def _target_writer(self) -> TargetWriter:
        return TargetWriter(self.state, self.now(), self.emit)
