"""The control plane's part for Plaid: sign-ins, balances, webhooks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from pydantic import Field
from starlette.requests import Request

from sandbox.bodies import Body, read
from sandbox.partners.plaid.simulator import ORDINARY, PlaidSimulator
from sandbox.partners.plaid.webhooks import WebhookSigner
from trading.platform.people import PersonRow

LOGIN_REQUIRED, REPAIRED = "ITEM_LOGIN_REQUIRED", "LOGIN_REPAIRED"
PERMISSION_REVOKED, ACCOUNT_REVOKED, NUMBERS_CHANGED = (
    "USER_PERMISSION_REVOKED",
    "USER_ACCOUNT_REVOKED",
    "DEFAULT_UPDATE",
)
MAX_CENTS = 10**13
ANSWER_SECONDS = 60
Text = Annotated[str, Field(min_length=1, max_length=100)]
Cents = Annotated[int, Field(ge=-MAX_CENTS, le=MAX_CENTS)]


class AccountRequest(Body):
    """An account behind a sign-in; what is null or empty its bank does not show."""

    name: Annotated[str, Field(max_length=100)] | None
    mask: Annotated[str, Field(pattern=r"^([0-9A-Za-z]{2,4})?$")] | None
    balance_cents: Cents | None = None
    persistent_account_id: Text | None = None


class SignInRequest(Body):
    """A sign-in at a bank; with `bank_link_id` or `item_id`, one that renews.

    A renewal that names another bank or other accounts gets another item. An institution of null has
    no id.
    """

    institution: Text | None = ORDINARY
    accounts: Annotated[list[AccountRequest], Field(max_length=20)] = Field(default_factory=list)
    item_id: str | None = None
    bank_link_id: str | None = None


class BalanceRequest(Body):
    """What a bank shows from now on."""

    balance_cents: Cents | None


class WebhookRequest(Body):
    """A webhook to send; an `ERROR` says that the bank wants a new sign-in, unless it names another.

    `account_id` names the account of `USER_ACCOUNT_REVOKED` and of the webhooks of type `AUTH`.
    """

    webhook_type: Text = "ITEM"
    webhook_code: Text = "ERROR"
    error_code: Text | None = None
    account_id: Text | None = None

    @property
    def error(self) -> str | None:
        """Return the code of the error that it carries."""
        return self.error_code or (LOGIN_REQUIRED if self.webhook_code == "ERROR" else None)

    @property
    def accounts(self) -> Mapping[str, Any]:
        """Return how it names accounts."""
        if self.account_id is None:
            return {}
        changed = {"account_ids_with_updated_auth": {self.account_id: ["ACCOUNT_NUMBER"]}}
        return changed if self.webhook_code == NUMBERS_CHANGED else {"account_id": self.account_id}


@dataclass(frozen=True)
class PlaidControl:
    """What the sandbox's users may do at Plaid. `url` is where the API answers, `post` how it is reached."""

    simulator: PlaidSimulator
    signer: WebhookSigner
    url: str
    post: Callable[..., httpx.Response] = httpx.post

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for Plaid."""
        return [
            ("POST", "/sandbox/plaid/public-tokens", self.sign_in),
            ("PUT", "/sandbox/plaid/accounts/{account_id}/balance", self.balance),
            ("POST", "/sandbox/plaid/items/{item_id}/webhook", self.webhook),
        ]

    def sign_in(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Make a sign-in; return its public token."""
        wanted = read(SignInRequest, body or b"{}")
        item_id = wanted.item_id or (_item_of(wanted.bank_link_id) if wanted.bank_link_id else None)
        accounts = [account.model_dump() for account in wanted.accounts] or [_ORDINARY_ACCOUNT]
        if item_id is None:
            return {"public_token": self.simulator.sign_in(wanted.institution, accounts)}
        renewed = self.simulator.items[item_id]
        institution = wanted.institution if "institution" in wanted.model_fields_set else renewed.institution
        own = [
            {"name": account.name, "mask": account.mask, "balance_cents": account.balance_cents}
            for account in renewed.accounts
        ]
        shown = accounts if wanted.accounts or institution != renewed.institution else own
        return {"public_token": self.simulator.sign_in(institution, shown, item_id)}

    def balance(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Set what a bank shows of an account."""
        wanted = read(BalanceRequest, body)
        self.simulator.set_balance(request.path_params["account_id"], wanted.balance_cents)
        return wanted.model_dump()

    def webhook(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Send a signed webhook about an item (or about the item of a bank link)."""
        wanted, item_id = read(WebhookRequest, body or b"{}"), request.path_params["item_id"]
        item_id = item_id if item_id in self.simulator.items else _item_of(item_id)
        self._act(wanted, item_id)
        if wanted.error == LOGIN_REQUIRED or wanted.webhook_code == REPAIRED:
            self.simulator.break_item(item_id, needs_login=wanted.webhook_code != REPAIRED)
        head = {"webhook_type": wanted.webhook_type, "webhook_code": wanted.webhook_code, "item_id": item_id}
        error = {"error_code": wanted.error} if wanted.error else None
        raw = json.dumps({**head, **wanted.accounts, "error": error, "environment": "sandbox"}).encode()
        headers = {"Plaid-Verification": self.signer.header(raw), "Content-Type": "application/json"}
        answer = self.post(f"{self.url}/webhooks/plaid", content=raw, headers=headers, timeout=ANSWER_SECONDS)
        return {"status": answer.status_code, "answer": answer.json()}

    def _act(self, wanted: WebhookRequest, item_id: str) -> None:
        """Have happen at the bank what a webhook says."""
        if wanted.webhook_code in {PERMISSION_REVOKED, ACCOUNT_REVOKED}:
            self.simulator.revoke(item_id, wanted.account_id)
        elif wanted.webhook_code == NUMBERS_CHANGED and wanted.account_id is not None:
            self.simulator.change_numbers(item_id, {wanted.account_id})


_ORDINARY_ACCOUNT = {"name": "Plaid Checking", "mask": "0000", "balance_cents": 10_000_000}


def _item_of(link_id: str) -> str:
    rows = PersonRow.scan(PersonRow.sk == f"bank-link#{link_id}", consistent_read=True)
    found = next((json.loads(str(row.document))["item_id"] for row in rows), None)
    if found is None:
        raise LookupError(f"there is no bank link {link_id}")
    return str(found)
