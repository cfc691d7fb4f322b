"""The bank accounts of people, as money flows see them, and the money flows, as banks see them."""

from dataclasses import dataclass

from trading.banking.balances import BalanceService, flag_needs_reauth, linked
from trading.banking.models import FundingAccount
from trading.banking.ports import BankStore, InFlight
from trading.funding.accounts.ports import AccountStore
from trading.platform.clock import Clock
from trading.platform.errors import Conflict


@dataclass(frozen=True)
class LinkedBanks:
    """Bank accounts; balances are asked for by `balances`, which those who only withdraw do not have."""

    store: BankStore
    clock: Clock
    balances: BalanceService | None = None

    def for_deposit(self, owner: str, funding_account_id: str) -> FundingAccount:
        """Return a linked bank account with a fresh balance."""
        if self.balances is None:
            raise Conflict("The bank cannot be asked for its balance now.", code="balance_unavailable")
        return self.balances.for_deposit(owner, funding_account_id)

    def for_withdrawal(self, owner: str, funding_account_id: str) -> FundingAccount:
        """Return a linked bank account."""
        return linked(self.store.load(owner), funding_account_id)

    def flag_needs_reauth(self, owner: str, funding_account_id: str) -> None:
        """Have the person sign in at the bank again."""
        flag_needs_reauth(self.store, self.clock, owner, funding_account_id)


@dataclass(frozen=True)
class AccountMoney:
    """What is in flight, by the trading account's own record."""

    store: AccountStore

    def on(self, owner: str, funding_account_id: str) -> InFlight:
        """Return what is in flight on a funding account."""
        account = self.store.find(owner)
        if account is None:
            return InFlight(count=0, account_version=0)
        return InFlight(account.in_flight_on(funding_account_id), account.version)
