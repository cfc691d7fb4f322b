"""What the broker has of a funding account whose registration or removal has no outcome yet."""

from trading.banking.models import FundingAccount
from trading.banking.ports import BankBook, BankBroker


def unclaimed(broker: BankBroker, book: BankBook, account: FundingAccount) -> dict[str, str]:
    """Return the person's bank accounts at the broker that are none of their others: nicknames by ids.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    others = (each for each in book.accounts.values() if each.funding_account_id != account.funding_account_id)
    taken = {each.broker_bank_account_id for each in others}
    taken |= {reference for each in book.accounts.values() for reference in each.replaced}
    taken |= {account.broker_bank_account_id} if account.renewing else set()
    listed = broker.bank_accounts_of(account.user_id)
    return {each.bank_account_id: each.nickname for each in listed if each.bank_account_id not in taken}


def registered(broker: BankBroker, book: BankBook, account: FundingAccount) -> str | None:
    """Return the broker's id of an account, found by our reference alone; None if it is not there.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    found = unclaimed(broker, book, account)
    return next((key for key, nickname in found.items() if nickname == account.nickname), None)


def is_registered(broker: BankBroker, account: FundingAccount) -> bool:
    """Say whether the broker has the bank account that was registered. Raises Unavailable."""
    listed = broker.bank_accounts_of(account.user_id)
    return any(each.bank_account_id == account.broker_bank_account_id for each in listed)
