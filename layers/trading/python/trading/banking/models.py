"""Bank links and funding accounts.

    adding ──> linked <──> deleting ──> deleted
       └──> failed

A link is a person's sign-in at a bank; a funding account is one account behind it that the broker
knows, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from trading.brokerage.banks import LinkedAccount
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW, LOOKUP_DELAYS
from trading.platform.ids import derived_id

NICKNAME_LENGTH, REFERENCE_LENGTH = 32, 12
"""How much of a name, and of the id of an attempt, the broker receives."""


MAY_ARRIVE_WITHIN = timedelta(hours=1)
"""How long after an attempt was abandoned its registration may still be made, by whoever had begun to ask."""


@dataclass(frozen=True)
class BankLink:
    """A person's sign-in at a bank. What opens it lies sealed beside it.

    One that is `revoked` opens nothing any more: only a sign-in from the start mends it. The id of the
    institution is empty where the provider has none.
    """

    link_id: str
    owner: str
    item_id: str
    institution_id: str
    institution_name: str
    created_at: datetime
    updated_at: datetime
    needs_reauth_since: datetime | None = None
    revoked: bool = False
    version: int = 0


@dataclass(frozen=True)
class ItemRemoval:
    """An item at the provider that is to be ended unless a link takes it: written before the item is held.

    What opens it lies sealed under `removal_id`: the public token while `item_id` is not known, the
    access token then. An item that `link_id` was renewed from waits for the money that moves on it, and
    its accounts' registrations at the broker end before it; where those alone are to end, it is empty.
    """

    removal_id: str
    owner: str
    created_at: datetime
    item_id: str | None = None
    link_id: str | None = None
    tries: int = 0
    due_at: datetime | None = None
    version: int = 0

    @classmethod
    def of_registrations(cls, account: "FundingAccount", subject: str, now: datetime) -> "ItemRemoval":
        """Return the removal of the registrations that an account has no more, and of no item."""
        removal_id = derived_id("bank-item", account.link_id, subject)
        return cls(removal_id, account.owner, now, "", account.link_id, due_at=now)

    def tried(self, now: datetime) -> "ItemRemoval":
        """Return the removal tried once more, with the moment of the next try: it is never abandoned."""
        pause = LOOKUP_DELAYS[min(self.tries + 1, len(LOOKUP_DELAYS) - 1)]
        return replace(self, tries=self.tries + 1, due_at=now + pause)

    @property
    def needs_person(self) -> bool:
        """Say whether this is the try after which somebody should know."""
        return self.tries == len(LOOKUP_DELAYS)


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
class Abandoned:
    """An attempt to register that another one followed, or a deletion: what it made the broker lists as `nickname`."""

    nickname: str
    at: datetime


@dataclass(frozen=True)
class FundingAccount:
    """A bank account that money comes from and goes to. `account_id` is the provider's id.

    It is registered at the broker for `user_id`, under the key `attempt_id`. The balance is what the
    bank reported last, at `balance_at`; a bank may report none.

    While it is `renewing`, it is registered anew; `replaced` are registrations before, which end when no
    money moves on them; so do those that attempts led to which are `abandoned`, once they are found. One
    that `is_gone` only a new sign-in brings back, whatever becomes of its link; one that a sign-in found
    again while it was being added is registered anew once it is linked.
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
    lookups: int = 0
    due_at: datetime | None = None
    needs_person: bool = False
    persistent_id: str | None = None
    renewing: bool = False
    replaced: tuple[str, ...] = ()
    is_gone: bool = False
    abandoned: tuple[Abandoned, ...] = ()
    version: int = 0

    def is_same(self, linked: LinkedAccount) -> bool:
        """Say whether an account is this one by its ids: by the lasting one where both have one."""
        if self.persistent_id is not None and linked.persistent_id is not None:
            return self.persistent_id == linked.persistent_id
        return self.account_id == linked.account_id

    @property
    def nickname(self) -> str:
        """Return the broker's name of the account: the person's name for it, and our reference to find it by."""
        return f"{self.name[:NICKNAME_LENGTH]} #{self.attempt_id[:REFERENCE_LENGTH]}"

    def may_resend(self, now: datetime) -> bool:
        """Say whether the broker certainly still knows the attempt's key."""
        return now - self.first_sent_at < IDEMPOTENCY_WINDOW

    def moved(self, state: AccountState, at: datetime) -> "FundingAccount":
        """Return the account in another state, or as it is where the table has no such move."""
        return replace(self, state=state, updated_at=at) if state in MOVES[self.state] else self

    def with_lookup(self, now: datetime) -> "FundingAccount":
        """Return the account after one more lookup, with the moment of the next; after the last a person decides."""
        lookups = self.lookups + 1
        due_at = now + LOOKUP_DELAYS[lookups] if lookups < len(LOOKUP_DELAYS) else None
        return replace(self, lookups=lookups, due_at=due_at, needs_person=due_at is None)

    def linked(self, broker_bank_account_id: str, now: datetime) -> "FundingAccount":
        """Return the account registered at the broker under this id."""
        if self.renewing:
            return self.registered_anew(broker_bank_account_id)
        moved = self.moved(AccountState.LINKED, now)
        linked = replace(moved, broker_bank_account_id=broker_bank_account_id, linked_at=now).settled()
        is_outdated = self.is_gone and not self.needs_reauth
        return linked.to_be_registered_anew(derived_id("bank-renewal", self.attempt_id), now) if is_outdated else linked

    def to_be_registered_anew(self, attempt_id: str, now: datetime) -> "FundingAccount":
        """Return the account with another registration to be made; the one it has stays until then."""
        return replace(
            self.without_attempt(now).settled(),
            renewing=True,
            attempt_id=attempt_id,
            first_sent_at=now,
            due_at=now + LOOKUP_DELAYS[0],
        )

    def without_attempt(self, now: datetime) -> "FundingAccount":
        """Return the account with the new registration that was being made, if any, to be ended where it arrives."""
        if not self.renewing:
            return self
        return replace(self, renewing=False, abandoned=(*self.abandoned, Abandoned(self.nickname, now)))

    def registered_anew(self, broker_bank_account_id: str) -> "FundingAccount":
        """Return the account under its new registration, with the one before to be ended."""
        before = (self.broker_bank_account_id,) if self.broker_bank_account_id else ()
        renewed = replace(self.settled(), renewing=False, needs_reauth=False, is_gone=False)
        return replace(renewed, broker_bank_account_id=broker_bank_account_id, replaced=(*self.replaced, *before))

    def not_renewed(self) -> "FundingAccount":
        """Return the account whose new registration was refused: only another sign-in helps."""
        return replace(self.settled(), renewing=False, needs_reauth=True, is_gone=True)

    @property
    def holds_up_its_item(self) -> bool:
        """Say whether an item that its link was renewed from is still needed, for a registration to come."""
        if self.state is AccountState.ADDING:
            return self.is_gone
        return self.renewing and self.state is AccountState.LINKED

    def settled(self) -> "FundingAccount":
        """Return the account with nothing waited for any more."""
        return replace(self, lookups=0, due_at=None, needs_person=False)

    def with_balance(self, cents: int | None, at: datetime) -> "FundingAccount":
        """Return the account with the balance that the bank reports, None included."""
        return replace(self, balance_cents=cents, balance_at=at, updated_at=at)


def funding_account_id_of(owner: str, account_id: str) -> str:
    """Return the id of the funding account that a provider's account becomes: the same one each time."""
    return derived_id("funding-account", owner, account_id)
