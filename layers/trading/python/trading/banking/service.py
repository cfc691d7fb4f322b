"""Funding accounts: added once, listed, deleted when no money is on its way.

Adding writes the account with the key that its registration at the broker carries, and claims its
identity, before the broker hears of it. Deleting marks it first, so that no money flow begins on it.
Either may die at any point: `resume` goes on.
"""

from dataclasses import dataclass, replace

from trading.banking.links import token_of
from trading.banking.models import LOOKED_AFTER, AccountState, BankLink, FundingAccount, funding_account_id_of
from trading.banking.ports import BankBook, BankBroker, BankChange, BankData, BankStore, MoneyInFlight
from trading.brokerage.banks import LinkedAccount
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retried_when_stale

VISIBLE = frozenset({AccountState.LINKED, AccountState.DELETING})


@dataclass(frozen=True)
class FundingAccountService:
    """Adds and deletes funding accounts."""

    store: BankStore
    data: BankData
    broker: BankBroker
    money: MoneyInFlight
    clock: Clock

    def add(self, owner: str, link_id: str, account_id: str, name: str) -> FundingAccount:
        """Make an account behind a link a funding account, once; again for one that is there changes nothing.

        Raises:
            NotFound: if the person has no such link, or the link no such account.
            Conflict: `account_not_open` without a user at the broker, `already_connected` for an account
                that is connected under another id, `bank_link_failed` if a partner refuses, or
                `bank_link_pending` while its registration is not known to have arrived.
        """
        book = self.store.book(owner)
        account = book.accounts.get(funding_account_id_of(owner, account_id))
        if link_id not in book.links:
            raise NotFound("There is no such bank link.")
        if account is not None and account.state in VISIBLE:
            return account
        user_id = self.store.user_id(owner)
        if user_id is None:
            raise Conflict("Please submit the identity form first.", code="account_not_open")
        if account is None or account.state is not AccountState.ADDING:
            told = self._told(book, owner, link_id, account_id)
            account = self._claim(book.links[link_id], account, told, name)
        return self._register(account, token_of(self.store, book, owner, link_id), user_id)

    def delete(self, owner: str, funding_account_id: str) -> None:
        """Delete a funding account, here, at the broker, and at the provider with the last one of its link.

        Raises:
            NotFound: if the person has no such account.
            Conflict: `money_in_flight`.
        """
        account = self._begin_deletion(owner, funding_account_id)
        self._finish_deletion(account)

    def resume(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        """Go on with an adding or a deletion that is not finished."""
        account, now = self.store.account(owner, funding_account_id), self.clock.now()
        if account is None or account.due_at is None or account.due_at > now:
            return account
        if account.state is AccountState.DELETING:
            self._finish_deletion(account)
        elif account.state is AccountState.ADDING:
            self._resume_adding(account)
        return self._looked(owner, funding_account_id)

    def _told(self, book: BankBook, owner: str, link_id: str, account_id: str) -> LinkedAccount:
        try:
            accounts = self.data.accounts(token_of(self.store, book, owner, link_id))
        except (Refused, Unavailable, OutcomeUnknown):
            raise _failed() from None
        told = next((each for each in accounts if each.account_id == account_id), None)
        if told is None:
            raise NotFound("There is no such account behind this bank link.")
        return told

    def _claim(self, link: BankLink, before: FundingAccount | None, told: LinkedAccount, name: str) -> FundingAccount:
        """Write the account with its attempt, and claim what makes it the same account under another id."""
        now = self.clock.now()
        claimed = FundingAccount(
            funding_account_id=funding_account_id_of(link.owner, told.account_id),
            owner=link.owner,
            link_id=link.link_id,
            account_id=told.account_id,
            name=name,
            bank_name=told.name,
            mask=told.mask or "",
            institution_id=link.institution_id,
            attempt_id=new_id(),
            first_sent_at=now,
            created_at=before.created_at if before else now,
            updated_at=now,
            balance_cents=told.current_cents,
            balance_at=now,
            due_at=now + LOOKED_AFTER[0],
            version=before.version if before else 0,
        )
        self.store.commit(BankChange(accounts=(claimed,), takes_identity=True))
        return replace(claimed, version=claimed.version + 1)

    def _register(self, account: FundingAccount, access_token: str, user_id: str) -> FundingAccount:
        """Register a claimed account at the broker, under its key, and write what is then known."""
        try:
            processor_token = self.data.processor_token(access_token, account.account_id)
            made = self.broker.create_bank_account(
                user_id, processor_token=processor_token, nickname=account.name, key=account.attempt_id
            )
        except Refused:
            self._settle(account, AccountState.FAILED)
            raise _failed() from None
        except (Unavailable, OutcomeUnknown):
            message = "The account is being connected. Please look again in a few minutes."
            raise Conflict(message, code="bank_link_pending") from None
        return self._settle(account, AccountState.LINKED, made.bank_account_id)

    @retried_when_stale
    def _settle(self, account: FundingAccount, state: AccountState, ref: str | None = None) -> FundingAccount:
        now = self.clock.now()
        current = self.store.account(account.owner, account.funding_account_id) or account
        if current.state is not AccountState.ADDING or current.attempt_id != account.attempt_id:
            return current
        settled = replace(current.moved(state, now), broker_bank_account_id=ref, due_at=None)
        if state is AccountState.LINKED:
            settled = replace(settled, linked_at=now)
        self.store.commit(BankChange(accounts=(settled,), frees_identity=state is AccountState.FAILED))
        return settled

    def _resume_adding(self, account: FundingAccount) -> None:
        book, user_id = self.store.book(account.owner), self.store.user_id(account.owner)
        if user_id is None or not account.may_resend(self.clock.now()):
            return
        try:
            self._register(account, token_of(self.store, book, account.owner, account.link_id), user_id)
        except (Conflict, NotFound):
            return  # what is known by now is written; the rest is looked at again

    @retried_when_stale
    def _begin_deletion(self, owner: str, funding_account_id: str) -> FundingAccount:
        account = self.store.account(owner, funding_account_id)
        if account is None or account.state not in VISIBLE:
            raise NotFound("There is no such funding account.")
        if account.state is AccountState.DELETING:
            return account
        money, now = self.money.on(owner, funding_account_id), self.clock.now()
        if money.count:
            raise Conflict("Money is on its way on this account.", code="money_in_flight")
        marked = replace(account.moved(AccountState.DELETING, now), looks=0, due_at=now + LOOKED_AFTER[0])
        self.store.commit(BankChange(accounts=(marked,), unless_money_moved=money))
        return replace(marked, version=marked.version + 1)

    def _finish_deletion(self, account: FundingAccount) -> None:
        """Do what is left of a deletion; what a partner does not do now is done by the resolver."""
        try:
            if account.broker_bank_account_id is not None:
                self.broker.delete_bank_account(account.broker_bank_account_id)
            book = self.store.book(account.owner)
            others = (each for each in book.accounts_of(account.link_id) if _is_alive(each))
            if all(each.funding_account_id == account.funding_account_id for each in others):
                self.data.remove_item(token_of(self.store, book, account.owner, account.link_id))
        except (Refused, Unavailable, OutcomeUnknown, NotFound):
            return
        self._forget(account)

    @retried_when_stale
    def _forget(self, account: FundingAccount) -> None:
        current = self.store.account(account.owner, account.funding_account_id)
        if current is None or current.state is not AccountState.DELETING:
            return
        deleted = replace(current.moved(AccountState.DELETED, self.clock.now()), due_at=None)
        self.store.commit(BankChange(accounts=(deleted,), frees_identity=True))

    @retried_when_stale
    def _looked(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        account = self.store.account(owner, funding_account_id)
        if account is None or account.due_at is None:
            return account
        looked = account.looked(self.clock.now())
        event = OutboxEvent("outcome_needs_person", f"{funding_account_id}:{account.version}", {"owner": owner})
        given_up = looked.due_at is None
        if given_up and looked.state is AccountState.ADDING:
            looked = looked.moved(AccountState.FAILED, self.clock.now())
        self.store.commit(
            BankChange(
                accounts=(looked,),
                events=(event,) if given_up else (),
                frees_identity=looked.state is AccountState.FAILED,
            )
        )
        return looked


def _is_alive(account: FundingAccount) -> bool:
    return account.state in {AccountState.ADDING, AccountState.LINKED, AccountState.DELETING}


def _failed() -> Conflict:
    return Conflict("The account could not be connected. Please start again.", code="bank_link_failed")
