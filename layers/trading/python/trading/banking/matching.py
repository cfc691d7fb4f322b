"""Which account is which: over a new sign-in, and over several. What could be another is never guessed."""

from collections.abc import Collection

from trading.banking.models import AccountState, BankLink, FundingAccount
from trading.brokerage.banks import LinkedAccount

OVER = frozenset({AccountState.FAILED, AccountState.DELETED})
Looks = tuple[str, str]


def found_again(
    account: FundingAccount, told: Collection[LinkedAccount], own: Collection[FundingAccount]
) -> LinkedAccount | None:
    """Return the account of a new sign-in that a funding account is, or None; `own` are all of its link's.

    By the lasting id where the bank offers one, else by the account's id, else by mask and name where
    both are told and nothing else looks alike.
    """
    same = next((each for each in told if account.is_same(each)), None)
    if same is not None:
        return same
    alike = [each for each in told if _may_be(account, each)]
    twins = [
        each
        for each in own
        if each.funding_account_id != account.funding_account_id
        and each.state not in OVER
        and _look_alike(_looks(account), _looks(each))
    ]
    if len(alike) != 1 or twins or not all(_looks(account)):
        return None
    return alike[0] if _looks(account) == _told_looks(alike[0]) else None


def is_connected(candidate: FundingAccount, others: Collection[FundingAccount]) -> bool:
    """Say whether an account of another id is this one, as far as lasting ids or another sign-in's looks tell."""
    alive = [other for other in others if other.state not in OVER]
    return any(_is_twin(candidate, each) for each in alive if each.funding_account_id != candidate.funding_account_id)


def is_same_institution(
    before: BankLink, after: BankLink, accounts: Collection[FundingAccount], told: Collection[LinkedAccount]
) -> bool:
    """Say whether a sign-in is at the bank of a link; where ids do not tell, an account by its own id must."""
    if before.item_id == after.item_id:
        return True
    if before.institution_id and after.institution_id:
        return before.institution_id == after.institution_id
    return any(account.is_same(each) for account in accounts for each in told)


def _is_twin(account: FundingAccount, other: FundingAccount) -> bool:
    if account.persistent_id is not None and other.persistent_id is not None:
        return account.persistent_id == other.persistent_id
    if account.link_id == other.link_id or not all((account.institution_id, *_looks(account))):
        return False
    return account.institution_id == other.institution_id and _looks(account) == _looks(other)


def _may_be(account: FundingAccount, told: LinkedAccount) -> bool:
    if account.persistent_id is not None and told.persistent_id is not None:
        return False
    return _look_alike(_looks(account), _told_looks(told))


def _look_alike(one: Looks, other: Looks) -> bool:
    """Say whether masks and names are the same, or cannot be told apart because one is missing."""
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))


def _looks(account: FundingAccount) -> Looks:
    return account.mask, account.bank_name


def _told_looks(told: LinkedAccount) -> Looks:
    return told.mask or "", told.name
