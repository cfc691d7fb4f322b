"""Funding accounts: added once, listed, deleted when no money is on its way.

Adding writes the account before the broker hears of it: with the key and the token that its
registration carries, so that a registration sent again is the same one. Deleting marks it first, so
that no money flow begins on it. Either may die at any point: `resume` goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.banking.links import mark_refused_link, token_of
from trading.banking.matching import OVER, is_connected
from trading.banking.models import AccountState, BankLink, FundingAccount, funding_account_id_of
from trading.banking.ports import BankBroker, BankChange, BankData, BankState, BankStore, MoneyInFlight
from trading.banking.registrations import deleted, find_registration, superseded
from trading.banking.renewal import RenewalService
from trading.brokerage.banks import LinkedAccount
from trading.brokerage.errors import BANK_NEEDS_REAUTH
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale

VISIBLE = frozenset({AccountState.LINKED, AccountState.DELETING})
MAX_ACCOUNTS_OF_LINK = 20
"""A sign-in anew writes all accounts of a link in one transaction."""
NEEDS_ITS_LINK = frozenset({AccountState.ADDING, AccountState.LINKED})


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
            Conflict: `account_not_open` without a user at the broker, `limit_exceeded` with too many accounts of
                one bank, `already_connected` for an account
                that is connected under another id, `bank_needs_reauth` or `bank_link_failed` if a partner
                refuses, or `bank_link_pending` while its registration is not known to have arrived.
        """
        account = self._ensure_intent(owner, link_id, account_id, name)
        if account.state is AccountState.LINKED:
            return account
        if account.state is AccountState.DELETING:
            raise Conflict("The account is being removed. Please try again in a few minutes.", code="bank_link_pending")
        if not account.may_resend(self.clock.now()):
            raise _pending()  # the resolver looks it up; it is ended by a person alone
        return self._register(account)

    def delete(self, owner: str, funding_account_id: str) -> None:
        """Delete a funding account, here, at the broker, and at the provider with the last one of its link.

        What a partner does not do now is done by `resume`.

        Raises:
            NotFound: if the person has no such account.
            Conflict: `money_in_flight`.
        """
        account = self._begin_deletion(owner, funding_account_id)
        self._finish_deletion(account)

    def resume(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        """Go on with an adding or a deletion that is not finished; return the account as it is then."""
        account, now = self.store.account(owner, funding_account_id), self.clock.now()
        if account is None or account.due_at is None or account.due_at > now:
            return account
        if account.state is AccountState.DELETING:
            self._finish_deletion(account)
        elif account.state is AccountState.ADDING:
            self._try_again(account, now)
        elif account.renewing:
            RenewalService(self.store, self.data, self.broker, self.clock).renew(owner, funding_account_id)
        return self._record_lookup(owner, funding_account_id)

    @retry_on_stale
    def _ensure_intent(self, owner: str, link_id: str, account_id: str, name: str) -> FundingAccount:
        """Return the funding account that is there, or the intent of a new one, durable by then."""
        state = self.store.load(owner)
        if link_id not in state.links:
            raise NotFound("There is no such bank link.")
        return _existing(state, owner, account_id) or self._claim(state, state.links[link_id], account_id, name)

    def _claim(self, state: BankState, link: BankLink, account_id: str, name: str) -> FundingAccount:
        user_id = self.store.user_id(link.owner)
        if user_id is None:
            raise Conflict("Please submit the identity form first.", code="account_not_open")
        if sum(account.state not in OVER for account in state.accounts_of(link.link_id)) >= MAX_ACCOUNTS_OF_LINK:
            raise Conflict("This bank has too many accounts connected.", code="limit_exceeded")
        linked, processor_token = self._ask(state, link, account_id)
        claimed = _claimed(link, linked, name=name, user_id=user_id, now=self.clock.now())
        before = state.accounts.get(claimed.funding_account_id)
        if before is not None:
            claimed = replace(claimed, version=before.version, replaced=before.replaced, abandoned=before.abandoned)
        if is_connected(claimed, state.accounts.values()):
            raise Conflict("This account is connected already.", code="already_connected")
        # The link is written, too, so that the deletion of its last account does not end it meanwhile.
        self.store.commit(BankChange(link, accounts=(claimed,), processor_token=processor_token, claims=state.claims))
        return replace(claimed, version=claimed.version + 1)

    def _ask(self, state: BankState, link: BankLink, account_id: str) -> tuple[LinkedAccount, str]:
        """Return the account as the provider has it, and the token that lets the broker use it."""
        access_token = token_of(self.store, state, link.owner, link.link_id)
        try:
            linked = next(
                (account for account in self.data.accounts(access_token) if account.account_id == account_id), None
            )
            if linked is None:
                raise NotFound("There is no such account behind this bank link.")
            return linked, self.data.processor_token(access_token, account_id)
        except Refused as refusal:
            if mark_refused_link(self.store, self.clock, state, link.link_id, refusal):
                raise _needs_reauth() from None
            raise _failed() from None
        except (Unavailable, OutcomeUnknown):
            raise _failed() from None

    def _register(self, account: FundingAccount) -> FundingAccount:
        """Register a claimed account at the broker, under its key, and write what is then known."""
        sealed = self.store.load(account.owner).sealed_tokens.get(account.funding_account_id)
        if sealed is None:  # settled meanwhile
            return self._load_settled(account)
        try:
            made = self.broker.create_bank_account(
                account.user_id,
                processor_token=self.store.open_token(account.owner, sealed),
                nickname=account.nickname,
                key=account.attempt_id,
            )
        except Refused as refusal:
            self._settle(account, AccountState.FAILED)
            raise (_needs_reauth() if refusal.code == BANK_NEEDS_REAUTH else _failed()) from None
        except (Unavailable, OutcomeUnknown):
            raise _pending() from None
        settled = self._settle(account, AccountState.LINKED, made.bank_account_id)
        if settled.state is AccountState.ADDING:
            raise _pending()  # this attempt was ended meanwhile; a later one waits for its own answer
        return settled

    @retry_on_stale
    def _settle(self, account: FundingAccount, target: AccountState, ref: str | None = None) -> FundingAccount:
        state, now = self.store.load(account.owner), self.clock.now()
        current = state.accounts.get(account.funding_account_id, account)
        if current.state is not AccountState.ADDING or current.attempt_id != account.attempt_id:
            if ref is not None and ref not in {current.broker_bank_account_id, *current.replaced}:
                self.store.commit(superseded(state, current, ref, now))
            return current

        settled = current.moved(target, now).settled() if ref is None else current.linked(ref, now)
        self.store.commit(BankChange(accounts=(settled,), settles=True))
        return settled

    def _load_settled(self, account: FundingAccount) -> FundingAccount:
        current = self.store.account(account.owner, account.funding_account_id)
        if current is None or current.state is not AccountState.LINKED:
            raise _failed()
        return current

    def _try_again(self, account: FundingAccount, now: datetime) -> None:
        """Look a registration up; only one that is not there is sent again, while the broker knows its key."""
        try:
            state = self.store.load(account.owner)
            found = find_registration(self.broker, state, account)
            if found is not None:
                self._settle(account, AccountState.LINKED, found)
            elif account.may_resend(now):
                self._register(account)
        except (Conflict, Unavailable):
            return  # what is known by now is written; the rest is looked up again

    @retry_on_stale
    def _begin_deletion(self, owner: str, funding_account_id: str) -> FundingAccount:
        account = self.store.account(owner, funding_account_id)
        if account is None or account.state not in VISIBLE:
            raise NotFound("There is no such funding account.")
        if account.state is AccountState.DELETING:
            return account
        money, now = self.money.on(owner, funding_account_id), self.clock.now()
        if money.count:
            raise Conflict("Money is on its way on this account.", code="money_in_flight")
        marked = replace(account.moved(AccountState.DELETING, now), lookups=0, due_at=now + LOOKUP_DELAYS[0])
        self.store.commit(BankChange(accounts=(marked,), unless_money_moved=money))
        return replace(marked, version=marked.version + 1)

    def _finish_deletion(self, account: FundingAccount) -> None:
        try:
            state = self.store.load(account.owner)
            for reference in self._find_registrations(state, account):
                self.broker.delete_bank_account(reference)
            has_ended = _has_no_more_use(state, account.link_id)
            if has_ended:
                self.data.remove_item(token_of(self.store, state, account.owner, account.link_id))
        except (Refused, Unavailable, OutcomeUnknown):
            return
        self._forget(account, ends_link=has_ended)

    def _find_registrations(self, state: BankState, account: FundingAccount) -> tuple[str, ...]:
        """Return the ids of an account's registrations: one that was being made anew may have arrived."""
        made = find_registration(self.broker, state, account) if account.renewing else None
        return tuple(reference for reference in (account.broker_bank_account_id, made) if reference is not None)

    @retry_on_stale
    def _forget(self, account: FundingAccount, *, ends_link: bool) -> None:
        state = self.store.load(account.owner)
        current = state.accounts.get(account.funding_account_id)
        if current is None or current.state is not AccountState.DELETING:
            return
        link = state.links[account.link_id] if ends_link and _has_no_more_use(state, account.link_id) else None
        self.store.commit(replace(deleted(current, self.clock.now()), ends_link=link))

    @retry_on_stale
    def _record_lookup(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        """Write one more lookup of something unfinished; after the last it is left to a person."""
        account, now = self.store.account(owner, funding_account_id), self.clock.now()
        if account is None or account.due_at is None:
            return account
        after = account.with_lookup(now)
        events = (_needs_person(account),) if after.needs_person else ()
        self.store.commit(BankChange(accounts=(after,), events=events))
        return after


def _existing(state: BankState, owner: str, account_id: str) -> FundingAccount | None:
    ids = account_id, funding_account_id_of(owner, account_id)
    alive = (account for account in state.accounts.values() if account.state not in OVER)
    return next(
        (account for account in alive if account.account_id == ids[0] or account.funding_account_id == ids[1]), None
    )


def _claimed(link: BankLink, linked: LinkedAccount, *, name: str, user_id: str, now: datetime) -> FundingAccount:
    return FundingAccount(
        funding_account_id=funding_account_id_of(link.owner, linked.account_id),
        owner=link.owner,
        user_id=user_id,
        link_id=link.link_id,
        account_id=linked.account_id,
        name=name,
        bank_name=linked.name,
        mask=linked.mask or "",
        institution_id=link.institution_id,
        persistent_id=linked.persistent_id,
        attempt_id=new_id(),
        first_sent_at=now,
        created_at=now,
        updated_at=now,
        balance_cents=linked.current_cents,
        balance_at=now,
        needs_reauth=link.needs_reauth_since is not None,
        due_at=now + LOOKUP_DELAYS[0],
    )


def _has_no_more_use(state: BankState, link_id: str) -> bool:
    """Say whether a link is there, and no funding account will need it."""
    return link_id in state.links and all(account.state not in NEEDS_ITS_LINK for account in state.accounts_of(link_id))


def _needs_person(account: FundingAccount) -> OutboxEvent:
    account_id = account.funding_account_id
    event = OutcomeNeedsPerson(owner=account.owner, funding_account_id=account_id, status=account.state.value)
    return OutboxEvent(event, f"{account_id}:{account.version}")


def _failed() -> Conflict:
    return Conflict("The account could not be connected. Please try again.", code="bank_link_failed")


def _needs_reauth() -> Conflict:
    return Conflict("Please sign in at this bank again.", code="bank_needs_reauth")


def _pending() -> Conflict:
    message = "The account is being connected. Please look again in a few minutes."
    return Conflict(message, code="bank_link_pending")
