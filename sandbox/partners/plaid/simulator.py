"""The simulated Plaid: what becomes of sign-ins, tokens and accounts; kept as JSON in the sandbox's folder."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from sandbox.partners.plaid.state import Account, Item, PlaidError

ORDINARY = "First Platypus Bank"
LOCKED, SLOW, SILENT = "Tartan Locked Bank", "Tartan Slow Bank", "Tartan Silent Bank"
DATED = "Tartan Dated Bank"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

P = ParamSpec("P")
T = TypeVar("T")


def _alone(
    method: Callable[Concatenate["PlaidSimulator", P], T],
) -> Callable[Concatenate["PlaidSimulator", P], T]:
    """Let one thread at a time into a method: the control plane and both partners' simulators come in."""

    @wraps(method)
    def locked(self: "PlaidSimulator", /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked


@dataclass
class PlaidSimulator:
    """Knows every item; each change is kept."""

    file: Path
    items: dict[str, Item] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool = False) -> "PlaidSimulator":
        """Return the simulator of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "plaid.json"
        if afresh:
            file.unlink(missing_ok=True)
        simulator = cls(file)
        for raw in json.loads(file.read_text()) if file.exists() else ():
            accounts = [Account(**account) for account in raw.pop("accounts")]
            simulator.items[raw["item_id"]] = Item(accounts=accounts, **raw)
        return simulator

    @_alone
    def sign_in(
        self, institution: str | None, accounts: Sequence[Mapping[str, Any]], item_id: str | None = None
    ) -> str:
        """Return the public token of a sign-in at a bank, or of one that renews an item.

        A renewal that shows another bank or other accounts makes another item, with other ids.

        Raises:
            LookupError: if there is no such item.
        """
        if item_id is None or not _is_of(self._item(item_id), institution, accounts):
            item = Item(f"item-sandbox-{uuid4().hex}", institution, [_account(account) for account in accounts])
            self.items[item.item_id] = item
        else:
            item = self._item(item_id)
        item.public_token, item.needs_login = f"public-sandbox-{uuid4().hex}", False
        for account in item.accounts:
            account.revoked = False
        self._keep()
        return item.public_token

    @_alone
    def exchange(self, public_token: str) -> Item:
        """Return the item of a public token, which is good once; a renewed item keeps its access token."""
        item = next((item for item in self.items.values() if public_token and item.public_token == public_token), None)
        if item is None:
            raise PlaidError("INVALID_INPUT", "INVALID_PUBLIC_TOKEN", "the public token is invalid or used")
        item.public_token = ""
        item.access_token = item.access_token or f"access-sandbox-{uuid4().hex}"
        self._keep()
        return item

    @_alone
    def item_of(self, access_token: object) -> Item:
        """Return the item that an access token opens."""
        item = next((item for item in self.items.values() if access_token and item.access_token == access_token), None)
        if item is None:
            raise PlaidError("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "could not find matching access token")
        if item.revoked:
            raise PlaidError("ITEM_ERROR", "USER_PERMISSION_REVOKED", "the end user has revoked access")
        return item

    @_alone
    def institution(self, institution_id: object) -> str:
        """Return the name of a bank that somebody signed in at."""
        name = next((item.institution for item in self.items.values() if item.institution_id == institution_id), None)
        if name is None:
            raise PlaidError("INVALID_INPUT", "INVALID_INSTITUTION", "no such institution")
        return name

    @_alone
    def balances(self, access_token: object, options: Mapping[str, Any]) -> tuple[Item, list[Account]]:
        """Return accounts whose bank is asked for their balance now, all of them unless `options` choose."""
        item = self.item_of(access_token)
        if item.needs_login or item.institution == LOCKED:
            raise PlaidError("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", "the login details of this item have changed")
        if item.institution == SLOW:
            raise PlaidError("INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", "this institution is not responding")
        since = options.get("min_last_updated_datetime")
        if (item.institution == DATED or since is not None) and not MOMENT.fullmatch(str(since)):
            raise PlaidError("INVALID_REQUEST", "INVALID_FIELD", "min_last_updated_datetime must be given in UTC")
        known = {account.account_id: account for account in item.shown}
        wanted = [str(account_id) for account_id in options.get("account_ids") or known]
        if not set(wanted) <= known.keys():
            raise PlaidError("INVALID_INPUT", "INVALID_ACCOUNT_ID", "failed to find requested account ID")
        return item, [known[account_id] for account_id in wanted]

    @_alone
    def processor_token(self, access_token: object, account_id: object) -> str:
        """Return what lets a processor use an account: the same for the same account."""
        item = self.item_of(access_token)
        account = next((account for account in item.shown if account.account_id == account_id), None)
        if account is None:
            raise PlaidError("INVALID_INPUT", "INVALID_ACCOUNT_ID", "failed to find requested account ID")
        return _processor_token(item, account)

    @_alone
    def knows_processor_token(self, token: str) -> bool:
        """Say whether a processor token was made here and its item still works."""
        return any(
            token == _processor_token(item, account)
            for item in self.items.values()
            if item.access_token and not item.needs_login and not item.revoked
            for account in item.shown
        )

    @_alone
    def remove(self, access_token: object) -> None:
        """Forget an item."""
        del self.items[self.item_of(access_token).item_id]
        self._keep()

    @_alone
    def set_balance(self, account_id: str, cents: int | None) -> None:
        """Set a balance. Raises LookupError if there is no such account."""
        accounts = (account for item in self.items.values() for account in item.accounts)
        found = next((account for account in accounts if account.account_id == account_id), None)
        if found is None:
            raise LookupError(f"there is no account {account_id}")
        found.balance_cents = cents
        self._keep()

    @_alone
    def break_item(self, item_id: str, *, needs_login: bool) -> None:
        """Have a bank want a new sign-in, or no longer. Raises LookupError if there is no such item."""
        self._item(item_id).needs_login = needs_login
        self._keep()

    @_alone
    def revoke(self, item_id: str, account_id: str | None = None) -> None:
        """Have a person take back what an item may do, or one account of it. Raises LookupError."""
        item = self._item(item_id)
        if account_id is None:
            item.revoked = True
        for account in item.accounts:
            account.revoked = account.revoked or account.account_id == account_id
        self._keep()

    @_alone
    def change_numbers(self, item_id: str, account_ids: Collection[str]) -> None:
        """Have a bank give accounts other numbers: tokens of processors for them are good no more."""
        for account in self._item(item_id).accounts:
            account.numbers += account.account_id in account_ids
        self._keep()

    def _item(self, item_id: str) -> Item:
        if item_id not in self.items:
            raise LookupError(f"there is no item {item_id}")
        return self.items[item_id]

    def _keep(self) -> None:
        # What is killed while it writes leaves the file as it was.
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps([asdict(item) for item in self.items.values()]))
        draft.replace(self.file)


def _account(raw: Mapping[str, Any]) -> Account:
    return Account(
        f"account-{uuid4().hex}", raw["name"], raw["mask"], raw.get("balance_cents"), raw.get("persistent_account_id")
    )


def _is_of(item: Item, institution: str | None, accounts: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a renewal shows what an item has; a revoked one cannot be renewed."""
    shown = sorted((str(account["name"]), str(account["mask"])) for account in accounts)
    has = sorted((str(account.name), str(account.mask)) for account in item.accounts)
    return institution == item.institution and not item.revoked and (not shown or shown == has)


def _processor_token(item: Item, account: Account) -> str:
    text = f"{item.item_id}:{account.account_id}" + (f":{account.numbers}" if account.numbers else "")
    return f"processor-sandbox-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
