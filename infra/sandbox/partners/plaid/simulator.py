"""The state of the simulated Plaid: public tokens, items, accounts; kept as JSON in the sandbox's folder."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

ORDINARY = "First Platypus Bank"
LOCKED, SLOW, SILENT = "Tartan Locked Bank", "Tartan Slow Bank", "Tartan Silent Bank"


class PlaidError(Exception):
    """Raised when Plaid answers with an error: its type and code."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.code = kind, code


@dataclass
class Account:
    """A bank account; the balance is in cents, or None where the bank tells none."""

    account_id: str
    name: str
    mask: str
    balance_cents: int | None


@dataclass
class Item:
    """A sign-in at a bank."""

    item_id: str
    institution: str
    accounts: list[Account]
    access_token: str = ""
    public_token: str = ""
    needs_login: bool = False


@dataclass
class PlaidSimulator:
    """Knows every item; each change is kept."""

    file: Path
    items: dict[str, Item] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool = False) -> "PlaidSimulator":
        """Return the simulator of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "plaid.json"
        if afresh:
            file.unlink(missing_ok=True)
        simulator = cls(file)
        for raw in json.loads(file.read_text()) if file.exists() else ():
            accounts = [Account(**each) for each in raw.pop("accounts")]
            simulator.items[raw["item_id"]] = Item(accounts=accounts, **raw)
        return simulator

    def sign_in(self, institution: str, accounts: Sequence[Mapping[str, Any]], item_id: str | None = None) -> str:
        """Return the public token of a sign-in at a bank; for an item that is there, of a renewed one."""
        item = self.items.get(item_id or "")
        if item is None:
            item = Item(f"item-sandbox-{uuid4().hex}", institution, [_account(each) for each in accounts])
            self.items[item.item_id] = item
        item.public_token, item.needs_login = f"public-sandbox-{uuid4().hex}", False
        self._keep()
        return item.public_token

    def exchange(self, public_token: str) -> Item:
        """Return the item of a public token, which is good once, with a new access token."""
        item = next((each for each in self.items.values() if public_token and each.public_token == public_token), None)
        if item is None:
            raise PlaidError("INVALID_INPUT", "INVALID_PUBLIC_TOKEN", "the public token is invalid or used")
        item.public_token, item.access_token = "", f"access-sandbox-{uuid4().hex}"
        self._keep()
        return item

    def item_of(self, access_token: object) -> Item:
        """Return the item that an access token opens."""
        item = next((each for each in self.items.values() if access_token and each.access_token == access_token), None)
        if item is None:
            raise PlaidError("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "could not find matching access token")
        return item

    def balances(self, access_token: object, account_ids: Collection[str] | None) -> tuple[Item, list[Account]]:
        """Return accounts whose bank is asked for their balance now."""
        item = self.item_of(access_token)
        if item.needs_login or item.institution == LOCKED:
            raise PlaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", "the login details of this item have changed")
        if item.institution == SLOW:
            raise PlaidError("INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", "this institution is not responding")
        known = {account.account_id: account for account in item.accounts}
        wanted = list(known) if account_ids is None else list(account_ids)
        if not set(wanted) <= known.keys():
            raise PlaidError("INVALID_INPUT", "INVALID_ACCOUNT_ID", "failed to find requested account ID")
        return item, [known[account_id] for account_id in wanted]

    def processor_token(self, access_token: object, account_id: object) -> str:
        """Return what lets a processor use an account: the same for the same account."""
        item = self.item_of(access_token)
        if account_id not in {account.account_id for account in item.accounts}:
            raise PlaidError("INVALID_INPUT", "INVALID_ACCOUNT_ID", "failed to find requested account ID")
        return _processor_token(item.item_id, str(account_id))

    def knows_processor_token(self, token: str) -> bool:
        """Say whether a processor token was made here and its item still works."""
        return any(
            token == _processor_token(item.item_id, account.account_id)
            for item in self.items.values()
            if item.access_token and not item.needs_login
            for account in item.accounts
        )

    def remove(self, access_token: object) -> None:
        """Forget an item."""
        del self.items[self.item_of(access_token).item_id]
        self._keep()

    def set_balance(self, account_id: str, cents: int | None) -> None:
        """Set a balance. Raises LookupError if there is no such account."""
        accounts = (account for item in self.items.values() for account in item.accounts)
        found = next((account for account in accounts if account.account_id == account_id), None)
        if found is None:
            raise LookupError(f"there is no account {account_id}")
        found.balance_cents = cents
        self._keep()

    def break_item(self, item_id: str, *, needs_login: bool) -> None:
        """Have a bank want a new sign-in, or no longer. Raises LookupError if there is no such item."""
        if item_id not in self.items:
            raise LookupError(f"there is no item {item_id}")
        self.items[item_id].needs_login = needs_login
        self._keep()

    def _keep(self) -> None:
        self.file.write_text(json.dumps([asdict(item) for item in self.items.values()]))


def _account(raw: Mapping[str, Any]) -> Account:
    return Account(f"account-{uuid4().hex}", str(raw["name"]), str(raw["mask"]), raw.get("balance_cents"))


def _processor_token(item_id: str, account_id: str) -> str:
    return f"processor-sandbox-{hashlib.sha256(f'{item_id}:{account_id}'.encode()).hexdigest()[:32]}"
