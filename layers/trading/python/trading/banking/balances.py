"""Balances: what banks report of funding accounts, and what it means when they do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.banking.links import mark_refused_link, token_of
from trading.banking.models import AccountState, FundingAccount
from trading.banking.ports import BankChange, BankData, BankState, BankStore
from trading.brokerage.banks import ACCOUNT_GONE, LinkedAccount
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.retry import retry_on_stale

ASKED_SINCE = timedelta(days=7)
"""Some banks report no balance unless one of the last days will do."""

FRESH_ENOUGH = timedelta(hours=1)
"""How old a balance may be where the bank cannot be asked."""

ASKED_FOR = timedelta(days=4)
"""How long a bank is asked again for balances; the market opens again within."""

Balances = Mapping[str, LinkedAccount]


@dataclass(frozen=True)
class BalanceService:
    """Asks banks for balances. `wall` is the real time, which callers wait by."""

    store: BankStore
    data: BankData
    clock: Clock
    wall: Clock

    def for_deposit(self, owner: str, funding_account_id: str) -> FundingAccount:
        """Return a linked funding account with the balance that its bank reports now. One request for records.

        Raises:
            NotFound: if the person has no such account.
            Conflict: `bank_needs_reauth`, or `balance_unavailable` if the bank cannot be asked and reported
                nothing within the hour.
        """
        state = self.store.load(owner)
        account = linked(state, funding_account_id)
        if account.needs_reauth:
            raise _needs_reauth()
        now = self.clock.now()
        try:
            linked_account = self._ask(state, [account], now).get(account.account_id)
        except Refused as refusal:
            if self._note(state, account, refusal):
                raise _needs_reauth() from None
            linked_account = None
        except (Unavailable, OutcomeUnknown):
            linked_account = None
        if linked_account is not None:
            return account.with_balance(linked_account.current_cents, now)
        if account.balance_at is not None and now - account.balance_at < FRESH_ENOUGH:
            return account
        raise Conflict("The bank cannot be asked for its balance now.", code="balance_unavailable")

    @retry_on_stale
    def refresh(self, owner: str, link_id: str, *, since: datetime | None = None) -> bool:
        """Keep the balances of a link's funding accounts; return False if their bank cannot be asked now.

        What a bank does not report stays as it was; what it reported `since` a moment is not asked for again.
        """
        state, now = self.store.load(owner), self.clock.now()
        link = state.links.get(link_id)
        accounts = [account for account in state.accounts_of(link_id) if _is_asked_for(account, since)]
        if link is None or link.needs_reauth_since is not None or not accounts:
            return True
        try:
            balances = self._fetch(state, accounts, now)
        except (Unavailable, OutcomeUnknown):
            return False
        kept = [
            account.with_balance(balances[account.account_id].current_cents, now)
            for account in accounts
            if account.account_id in balances
        ]
        if kept:
            self.store.commit(BankChange(accounts=tuple(kept)))
        return True

    def refresh_asked(self, owner: str, asked_at: datetime) -> None:
        """Keep all balances of a person that were not reported since `asked_at`; too late, a newer asking does.

        Raises:
            Unavailable: if a bank cannot be asked now, or there is no time left for it; those before are kept.
        """
        if self.clock.now() - asked_at > ASKED_FOR:
            return
        answered = [self.refresh(owner, link_id, since=asked_at) for link_id in self.store.load(owner).links]
        if not all(answered):
            raise Unavailable("A bank cannot be asked for balances now.")

    def refresh_all(self, owner: str, *, until: datetime | None = None) -> None:
        """Keep the balances of all of a person's funding accounts; no bank is asked after `until`."""
        for link_id in self.store.load(owner).links:
            if until is None or self.wall.now() < until:
                self.refresh(owner, link_id)

    def _fetch(self, state: BankState, accounts: Sequence[FundingAccount], now: datetime) -> Balances:
        try:
            return self._ask(state, accounts, now)
        except Refused as refusal:
            if refusal.code == ACCOUNT_GONE and len(accounts) > 1:
                return self._fetch_one_by_one(state, accounts, now)
            self._note(state, accounts[0], refusal)
        return {}

    def _fetch_one_by_one(self, state: BankState, accounts: Sequence[FundingAccount], now: datetime) -> Balances:
        """Find out which account is gone: a refusal does not say."""
        balances: dict[str, LinkedAccount] = {}
        for account in accounts:
            balances |= self._fetch(state, [account], now)
        return balances

    def _ask(self, state: BankState, accounts: Sequence[FundingAccount], now: datetime) -> Balances:
        token = token_of(self.store, state, accounts[0].owner, accounts[0].link_id)
        ids = [account.account_id for account in accounts]
        return {
            balance.account_id: balance for balance in self.data.balances(token, ids, fresh_since=now - ASKED_SINCE)
        }

    def _note(self, state: BankState, account: FundingAccount, refusal: Refused) -> bool:
        """Keep what a refusal says of a link or account as it was read; say whether a new sign-in is needed."""
        if mark_refused_link(self.store, self.clock, state, account.link_id, refusal):
            return True
        if refusal.code == ACCOUNT_GONE:
            flag_needs_reauth(
                self.store, self.clock, account.owner, account.funding_account_id, account_id=account.account_id
            )
        return refusal.code == ACCOUNT_GONE


@retry_on_stale
def flag_needs_reauth(
    store: BankStore, clock: Clock, owner: str, funding_account_id: str, *, account_id: str | None = None
) -> None:
    """Note that a funding account needs a new sign-in at its bank, which no repaired link takes the place of.

    What was reported of an account of the provider's, `account_id`, that a relink has replaced flags nothing.
    """
    account = store.account(owner, funding_account_id)
    if account is None or account_id not in {None, account.account_id}:
        return
    if account.state is AccountState.LINKED and not account.is_gone:
        flagged = replace(account, needs_reauth=True, is_gone=True, updated_at=clock.now())
        store.commit(BankChange(accounts=(flagged,)))


def linked(state: BankState, funding_account_id: str) -> FundingAccount:
    """Return a funding account that money can move on. Raises NotFound."""
    account = state.accounts.get(funding_account_id)
    if account is None or account.state is not AccountState.LINKED:
        raise NotFound("There is no such funding account.")
    return account


def _is_asked_for(account: FundingAccount, since: datetime | None) -> bool:
    is_known = since is not None and account.balance_at is not None and account.balance_at > since
    return account.state is AccountState.LINKED and not account.needs_reauth and not is_known


def _needs_reauth() -> Conflict:
    return Conflict("Please connect this bank account again.", code="bank_needs_reauth")
