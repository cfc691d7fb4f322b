"""Accounts and bank accounts at the simulated broker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth.accounts import wire
from sandbox.partners.drivewealth.events import EventPublisher
from sandbox.partners.drivewealth.state import Account, BankAccount, BrokerError, State, malformed

OPENING_TAKES = timedelta(seconds=20)


@dataclass(frozen=True)
class Accounts:
    """The accounts of a state, as of one moment; `knows_token` judges Plaid's processor tokens."""

    state: State
    now: datetime
    publisher: EventPublisher
    knows_token: Callable[[str], bool]

    def open(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Open an account for a person."""
        user, now = self.state.user(body.get("userID")), self.now
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
        self.publisher.publish("accounts.created", wire.account_event(account), user)
        return wire.account_json(account, user)

    def set_status(self, account: Account, status: str) -> None:
        """Change an account's status, and publish it."""
        now = self.now
        account.status, account.updated, account.due = status, now, None
        if status == "OPEN" and account.opened is None:
            account.opened = now
        self.publisher.publish("accounts.updated", wire.account_event(account), self.state.user(account.user_id))

    def add_bank_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Register a bank account that Plaid vouches for."""
        user, token = self.state.user(body.get("userID")), str(body.get("plaidProcessorToken"))
        if not self.knows_token(token):
            raise BrokerError(400, "K110", "Plaid processor token provided is invalid")
        made = BankAccount(f"bank_{uuid4()}", user.user_id, str(body.get("bankAccountNickname")), token, self.now)
        self.state.bank_accounts[made.bank_account_id] = made
        return wire.bank_account_json(made, user)

    def delete_bank_account(self, bank_account_id: str) -> dict[str, Any]:
        """Forget a bank account."""
        self.state.bank_account(bank_account_id).is_deleted = True
        return {}
