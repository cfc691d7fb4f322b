"""A funding account's new registration at the broker, after a sign-in that made another item of its bank's.

The one before stays until the new one is there, for the money that moves on it.
"""

from dataclasses import dataclass, replace

from trading.banking.links import mark_refused_link, token_of
from trading.banking.models import AccountState, FundingAccount
from trading.banking.ports import BankBroker, BankChange, BankData, BankState, BankStore
from trading.banking.registrations import find_registration, superseded
from trading.platform.clock import Clock
from trading.platform.errors import NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class RenewalService:
    """Registers funding accounts anew."""

    store: BankStore
    data: BankData
    broker: BankBroker
    clock: Clock

    def renew_all(self, owner: str, link_id: str) -> None:
        """Register anew what of a link waits for it; what a partner does not do now the resolver does."""
        for account in self.store.load(owner).accounts_of(link_id):
            self.renew(owner, account.funding_account_id)

    def renew(self, owner: str, funding_account_id: str) -> None:
        """Register an account anew if it waits for that: after a lookup, again under its key."""
        state = self.store.load(owner)
        account = state.accounts.get(funding_account_id)
        if account is None or not _is_renewing(account) or account.link_id not in state.links:
            return
        try:
            token = self._obtain_processor_token(state, account)
            found = find_registration(self.broker, state, account) if account.lookups else None
            if found is None and account.may_resend(self.clock.now()):
                found = self._register(account, token)
        except (Unavailable, OutcomeUnknown, NotFound):
            return
        except Refused:
            self._refuse(account)
            return
        if found is not None:
            self._settle(account, found)

    def _register(self, account: FundingAccount, token: str) -> str:
        made = self.broker.create_bank_account(
            account.user_id, processor_token=token, nickname=account.nickname, key=account.attempt_id
        )
        return made.bank_account_id

    def _obtain_processor_token(self, state: BankState, account: FundingAccount) -> str:
        """Return the token that the broker registers the account with: the same for each try of an attempt."""
        sealed = state.sealed_tokens.get(account.funding_account_id)
        if sealed is not None:
            return self.store.open_token(account.owner, sealed)
        access_token = token_of(self.store, state, account.owner, account.link_id)
        try:
            token = self.data.processor_token(access_token, account.account_id)
        except Refused as refusal:
            mark_refused_link(self.store, self.clock, state, account.link_id, refusal)
            raise
        self.store.commit(BankChange(accounts=(account,), processor_token=token))
        return token

    @retry_on_stale
    def _settle(self, account: FundingAccount, reference: str) -> None:
        state = self.store.load(account.owner)
        current = state.accounts.get(account.funding_account_id)
        if current is None or reference == current.broker_bank_account_id or reference in current.replaced:
            return
        if not _is_renewing(current) or current.attempt_id != account.attempt_id:
            # Made for a sign-in that another one followed meanwhile.
            self.store.commit(superseded(state, current, reference, self.clock.now()))
            return
        renewed = current.registered_anew(reference)
        link = state.links.get(current.link_id)
        if link is not None and link.needs_reauth_since is not None:
            renewed = replace(renewed, needs_reauth=True)
        self.store.commit(BankChange(accounts=(replace(renewed, updated_at=self.clock.now()),), settles=True))

    @retry_on_stale
    def _refuse(self, account: FundingAccount) -> None:
        current = self.store.account(account.owner, account.funding_account_id)
        if current is not None and _is_renewing(current) and current.attempt_id == account.attempt_id:
            refused = replace(current.not_renewed(), updated_at=self.clock.now())
            self.store.commit(BankChange(accounts=(refused,), settles=True))


def _is_renewing(account: FundingAccount) -> bool:
    return account.renewing and account.state is AccountState.LINKED
