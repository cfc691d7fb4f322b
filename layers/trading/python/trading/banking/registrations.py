"""What the broker has of a funding account whose registration or removal has no outcome yet."""

from dataclasses import replace
from datetime import datetime

from trading.banking.models import AccountState, FundingAccount, ItemRemoval
from trading.banking.ports import BankBroker, BankChange, BankState


def list_unclaimed(broker: BankBroker, state: BankState, account: FundingAccount) -> dict[str, str]:
    """Return the person's bank accounts at the broker that are none of their others: nicknames by ids.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    others = (other for other in state.accounts.values() if other.funding_account_id != account.funding_account_id)
    taken = {other.broker_bank_account_id for other in others}
    taken |= {reference for account in state.accounts.values() for reference in account.replaced}
    taken |= {account.broker_bank_account_id} if account.renewing else set()
    listed = broker.bank_accounts_of(account.user_id)
    return {entry.bank_account_id: entry.nickname for entry in listed if entry.bank_account_id not in taken}


def find_registration(broker: BankBroker, state: BankState, account: FundingAccount) -> str | None:
    """Return the broker's id of an account, found by our reference alone; None if it is not there.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    found = list_unclaimed(broker, state, account)
    return next((key for key, nickname in found.items() if nickname == account.nickname), None)


def find_outdated(broker: BankBroker, state: BankState, account: FundingAccount) -> tuple[str, ...]:
    """Return the registrations of an account that another followed: those known, and those found of abandoned attempts.

    None that a funding account of the person's uses is ever among them.

    Raises:
        Unavailable: if the broker cannot be asked.
    """
    names = {attempt.nickname for attempt in account.abandoned}
    listed = broker.bank_accounts_of(account.user_id) if names else ()
    found = tuple(entry.bank_account_id for entry in listed if entry.nickname in names)
    used = {
        account.broker_bank_account_id
        for account in state.accounts.values()
        if account.state is not AccountState.DELETED
    }
    return tuple(reference for reference in dict.fromkeys((*account.replaced, *found)) if reference not in used)


def superseded(state: BankState, current: FundingAccount, reference: str, now: datetime) -> BankChange:
    """Return the change that has a registration ended which came for an attempt that is over."""
    removal = ItemRemoval.of_registrations(current, f"registration-{reference}", now)
    after = replace(current, replaced=(*current.replaced, reference))
    return BankChange(accounts=(after,), removal=None if removal.removal_id in state.removals else removal)


def deleted(account: FundingAccount, now: datetime) -> BankChange:
    """Return the change of an account that is gone at the broker; who had begun to register it anew may go on."""
    after = account.moved(AccountState.DELETED, now).settled().without_attempt(now)
    removal = ItemRemoval.of_registrations(account, account.attempt_id, now) if account.renewing else None
    return BankChange(accounts=(after,), settles=True, removal=removal)


def is_registered(broker: BankBroker, account: FundingAccount) -> bool:
    """Say whether the broker has the bank account that was registered. Raises Unavailable."""
    listed = broker.bank_accounts_of(account.user_id)
    return any(entry.bank_account_id == account.broker_bank_account_id for entry in listed)
