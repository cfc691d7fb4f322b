"""Bank links and funding accounts.

    adding ──> linked <──> deleting ──> deleted
       └──> failed

A link is a person's sign-in at a bank; a funding account is one account behind it that the broker
knows, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from trading.brokerage.banks import LinkedAccount
from trading.brokerage.schedule import LOOKED_AFTER, RESENT_WITHIN
from trading.platform.ids import derived_id

NICKNAME_LENGTH, REFERENCE_LENGTH = 32, 12
"""How much of a name, and of the id of an attempt, the broker is told."""


@dataclass(frozen=True)
class BankLink:
    """A person's sign-in at a bank. What opens it lies sealed beside it."""

    link_id: str
    owner: str
    item_id: str
    institution_id: str
    institution_name: str
    created_at: datetime
    updated_at: datetime
    needs_reauth_since: datetime | None = None
    version: int = 0


class AccountState(StrEnum):
    """How far a funding account is."""

    ADDING = "adding"
    LINKED = "linked"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"


MOVES: Mapping[AccountState, frozenset[AccountState]] = {
    AccountState.ADDING: frozenset({AccountState.LINKED, AccountState.FAILED}),
    AccountState.LINKED: frozenset({AccountState.DELETING}),
    AccountState.FAILED: frozenset({AccountState.ADDING}),
    AccountState.DELETING: frozenset({AccountState.DELETED, AccountState.LINKED}),
    AccountState.DELETED: frozenset({AccountState.ADDING}),
}
"""Which state may follow which."""


@dataclass(frozen=True)
class FundingAccount:
    """A bank account that money comes from and goes to. `account_id` is the provider's id.

    It is registered at the broker for `user_id`, under the key `attempt_id`. The balance is what the
    bank told last, at `balance_at`; a bank may tell none.
    """

    funding_account_id: str
    owner: str
    user_id: str
    link_id: str
    account_id: str
    name: str
    bank_name: str
    mask: str
    institution_id: str
    attempt_id: str
    first_sent_at: datetime
    created_at: datetime
    updated_at: datetime
    state: AccountState = AccountState.ADDING
    broker_bank_account_id: str | None = None
    balance_cents: int | None = None
    balance_at: datetime | None = None
    needs_reauth: bool = False
    linked_at: datetime | None = None
    looks: int = 0
    due_at: datetime | None = None
    needs_person: bool = False
    version: int = 0

    @property
    def identity(self) -> str:
        """Return what makes two accounts the same one: institution, mask and the bank's own name."""
        return derived_id("bank-identity", self.institution_id, self.mask, self.bank_name)

    @property
    def nickname(self) -> str:
        """Return what the broker calls the account: the person's name for it, and our reference to find it by."""
        return f"{self.name[:NICKNAME_LENGTH]} #{self.attempt_id[:REFERENCE_LENGTH]}"

    def may_resend(self, now: datetime) -> bool:
        """Say whether the broker certainly still knows the attempt's key."""
        return now - self.first_sent_at < RESENT_WITHIN

    def moved(self, state: AccountState, at: datetime) -> "FundingAccount":
        """Return the account in another state, or as it is where the table has no such move."""
        return replace(self, state=state, updated_at=at) if state in MOVES[self.state] else self

    def looked(self, now: datetime) -> "FundingAccount":
        """Return the account looked at once more, with the next look's moment; at the end it is left to a person."""
        looks = self.looks + 1
        due_at = now + LOOKED_AFTER[looks] if looks < len(LOOKED_AFTER) else None
        return replace(self, looks=looks, due_at=due_at, needs_person=due_at is None)

    def linked(self, broker_bank_account_id: str, now: datetime) -> "FundingAccount":
        """Return the account registered at the broker under this id."""
        moved = self.moved(AccountState.LINKED, now)
        return replace(moved, broker_bank_account_id=broker_bank_account_id, linked_at=now).settled()

    def settled(self) -> "FundingAccount":
        """Return the account with nothing waited for any more."""
        return replace(self, looks=0, due_at=None, needs_person=False)

    def told_balance(self, cents: int | None, at: datetime) -> "FundingAccount":
        """Return the account with the balance that the bank tells, None included."""
        return replace(self, balance_cents=cents, balance_at=at, updated_at=at)

    def renewed(self, told: Sequence[LinkedAccount]) -> "FundingAccount":
        """Return the account after a new sign-in, which may show it under another id, or not at all."""
        same = next((each for each in told if each.account_id == self.account_id), None)
        if same is None:
            same = next((each for each in told if (each.mask or "", each.name) == (self.mask, self.bank_name)), None)
        if same is None:
            return replace(self, needs_reauth=True)
        return replace(self, account_id=same.account_id, needs_reauth=False)


def funding_account_id_of(owner: str, account_id: str) -> str:
    """Return the id of the funding account that a provider's account becomes: the same one each time."""
    return derived_id("funding-account", owner, account_id)
