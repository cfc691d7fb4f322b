"""Which account is which: over a new sign-in, and over several. What could be another is never guessed."""

from collections.abc import Collection

from trading.banking.models import AccountState, BankLink, FundingAccount
from trading.brokerage.banks import LinkedAccount

OVER = frozenset({AccountState.FAILED, AccountState.DELETED})
Traits = tuple[str, str]


def matched_account(
    account: FundingAccount, linked: Collection[LinkedAccount], own: Collection[FundingAccount]
) -> LinkedAccount | None:
    """Return the account of a new sign-in that a funding account is, or None; `own` are all of its link's.

    By the lasting id where the bank offers one, else by the account's id, else by mask and name where
    both are known and nothing else is alike.
    """
    same = next((candidate for candidate in linked if account.is_same(candidate)), None)
    if same is not None:
        return same
    alike = [candidate for candidate in linked if _may_be(account, candidate)]
    twins = [
        other
        for other in own
        if other.funding_account_id != account.funding_account_id
        and other.state not in OVER
        and _are_alike(_traits(account), _traits(other))
    ]
    if len(alike) != 1 or twins or not all(_traits(account)):
        return None
    return alike[0] if _traits(account) == _linked_traits(alike[0]) else None


def is_connected(candidate: FundingAccount, others: Collection[FundingAccount]) -> bool:
    """Say whether an account of another id is this one, by lasting ids, or by mask and name at another sign-in."""
    alive = [other for other in others if other.state not in OVER]
    return any(
        _is_twin(candidate, other) for other in alive if other.funding_account_id != candidate.funding_account_id
    )


def is_same_institution(
    before: BankLink, after: BankLink, accounts: Collection[FundingAccount], linked: Collection[LinkedAccount]
) -> bool:
    """Say whether a sign-in is at the bank of a link; where ids do not say, an account by its own id must."""
    if before.item_id == after.item_id:
        return True
    if before.institution_id and after.institution_id:
        return before.institution_id == after.institution_id
    return any(account.is_same(candidate) for account in accounts for candidate in linked)


def _is_twin(account: FundingAccount, other: FundingAccount) -> bool:
    if account.persistent_id is not None and other.persistent_id is not None:
        return account.persistent_id == other.persistent_id
    if account.link_id == other.link_id or not all((account.institution_id, *_traits(account))):
        return False
    return account.institution_id == other.institution_id and _traits(account) == _traits(other)


def _may_be(account: FundingAccount, linked: LinkedAccount) -> bool:
    if account.persistent_id is not None and linked.persistent_id is not None:
        return False
    return _are_alike(_traits(account), _linked_traits(linked))


def _are_alike(one: Traits, other: Traits) -> bool:
    """Say whether masks and names are the same, or cannot be distinguished because one is missing."""
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))


def _traits(account: FundingAccount) -> Traits:
    return account.mask, account.bank_name


def _linked_traits(linked: LinkedAccount) -> Traits:
    return linked.mask or "", linked.name
