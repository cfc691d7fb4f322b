"""What a bank-data provider tells of people's bank accounts, in words that all areas share."""

from dataclasses import dataclass
from datetime import datetime

LOGIN_REQUIRED = "bank_login_required"
"""`Refused.code` where the person must sign in at the bank again."""

ACCOUNT_GONE = "bank_account_gone"
"""`Refused.code` where the bank knows the account no more."""

LINK_REFUSED = "bank_link_refused"
"""`Refused.code` of whatever else the provider refuses."""


@dataclass(frozen=True)
class LinkToken:
    """What an app opens the provider's sign-in with."""

    token: str
    expiration: datetime


@dataclass(frozen=True)
class Institution:
    """A bank."""

    institution_id: str
    name: str


@dataclass(frozen=True)
class LinkedAccount:
    """An account behind a bank link; balances are cents, or None where the bank tells none."""

    account_id: str
    name: str
    official_name: str | None
    mask: str | None
    available_cents: int | None
    current_cents: int | None
    currency: str
