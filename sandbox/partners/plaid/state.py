"""What the simulated Plaid remembers: items and their accounts."""

import hashlib
from dataclasses import dataclass


class PlaidError(Exception):
    """Raised when Plaid answers with an error: its type and code."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.code = kind, code


@dataclass
class Account:
    """A bank account; the balance is in cents. What is None or empty the bank does not show.

    `numbers` counts how often its number changed; `persistent_id` is shown where the bank offers one. A
    revoked one is not shown until a sign-in shows it again.
    """

    account_id: str
    name: str | None
    mask: str | None
    balance_cents: int | None
    persistent_id: str | None = None
    numbers: int = 0
    revoked: bool = False


@dataclass
class Item:
    """A sign-in at a bank; one without an institution names none. A revoked one is good for nothing."""

    item_id: str
    institution: str | None
    accounts: list[Account]
    access_token: str = ""
    public_token: str = ""
    needs_login: bool = False
    revoked: bool = False

    @property
    def shown(self) -> list[Account]:
        """Return the accounts that the person lets be seen."""
        return [account for account in self.accounts if not account.revoked]

    @property
    def institution_id(self) -> str | None:
        """Return the id of the bank."""
        if self.institution is None:
            return None
        return f"ins_{hashlib.sha256(self.institution.encode()).hexdigest()[:12]}"
