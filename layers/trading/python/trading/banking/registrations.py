"""What the broker has of a funding account whose registration or removal has no outcome yet."""

from trading.banking.models import AccountState, FundingAccount
from trading.banking.ports import BankBook, BankBroker


def unclaimed(broker: BankBroker, book: BankBook, account: FundingAccount) -> tuple[str, ...]:
    """Return the broker's bank accounts that may be this one: of its name, and none of the person's others.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    taken = {each.broker_bank_account_id for each in _others(book, account)}
    listed = (each for each in broker.bank_accounts_of(account.user_id) if each.bank_account_id not in taken)
    return tuple(each.bank_account_id for each in listed if each.nickname == account.name)


def the_only(found: tuple[str, ...], book: BankBook, account: FundingAccount) -> str | None:
    """Return the one that is certainly this account; None where another of the same name waits, too."""
    waiting = (each for each in _others(book, account) if each.state is AccountState.ADDING)
    is_certain = len(found) == 1 and all(each.name != account.name for each in waiting)
    return found[0] if is_certain else None


def is_registered(broker: BankBroker, account: FundingAccount) -> bool:
    """Say whether the broker has the bank account that was registered. Raises Unavailable."""
    listed = broker.bank_accounts_of(account.user_id)
    return any(each.bank_account_id == account.broker_bank_account_id for each in listed)


def _others(book: BankBook, account: FundingAccount) -> list[FundingAccount]:
    return [each for each in book.accounts.values() if each.funding_account_id != account.funding_account_id]
