"""What a bank-data provider knows of people's bank accounts, in words that all areas share."""

from dataclasses import dataclass
from datetime import datetime

LOGIN_REQUIRED = "bank_login_required"
"""`Refused.code` where the person must sign in at the bank again."""

ACCOUNT_GONE = "bank_account_gone"
"""`Refused.code` where the bank knows the account no more."""

ITEM_GONE = "bank_item_gone"
"""`Refused.code` where the provider knows the sign-in no more: a new one is needed."""

LINK_REFUSED = "bank_link_refused"
"""`Refused.code` of whatever else the provider refuses."""


@dataclass(frozen=True)
class LinkToken:
    """What an app opens the provider's sign-in with."""

    token: str
    expiration: datetime


@dataclass(frozen=True)
class Institution:
    """A bank; the id is empty where the provider has none."""

    institution_id: str
    name: str


@dataclass(frozen=True)
class LinkedAccount:
    """An account behind a bank link; balances are cents, or None where the bank reports none.

    The name is empty where the bank reports none. `persistent_id` stays the same over all sign-ins, where
    the bank offers one; `account_id` may change with each.
    """

    account_id: str
    name: str
    official_name: str | None
    mask: str | None
    available_cents: int | None
    current_cents: int | None
    currency: str
    persistent_id: str | None = None

    @property
    def shown_name(self) -> str:
        """Return the name that a person knows the account by."""
        return self.name or self.official_name or "Account"
