"""Bank links: a person's sign-in at a bank, made, renewed, and watched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trading.banking.events import BankNeedsReauth
from trading.banking.matching import is_same_institution, matched_account
from trading.banking.models import AccountState, BankLink, FundingAccount, ItemRemoval
from trading.banking.ports import BankChange, BankData, BankState, BankStore
from trading.brokerage.banks import ITEM_GONE, LOGIN_REQUIRED, LinkedAccount, LinkToken
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import derived_id, new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale

GONE = frozenset({AccountState.DELETED, AccountState.FAILED})
ALIVE = frozenset({AccountState.ADDING, AccountState.LINKED})


@dataclass(frozen=True)
class LinkService:
    """Makes and renews bank links."""

    store: BankStore
    data: BankData
    clock: Clock

    def begin(self, owner: str, *, redirect_uri: str | None, link_id: str | None) -> LinkToken:
        """Return the token that an app opens the sign-in with; for a link of the person's own, to renew it.

        Raises:
            NotFound: if the person has no such link.
            Conflict: `bank_link_failed` if the provider refuses or cannot be asked.
        """
        sealed = None if link_id is None else self.store.load(owner).sealed_tokens.get(link_id)
        token = None if link_id is None else self._renewing_token(owner, link_id)
        try:
            return self.data.link_token(owner, redirect_uri=redirect_uri, access_token=token)
        except Refused as refusal:
            if refusal.code != ITEM_GONE or link_id is None:
                raise _failed() from None
            mark_link(self.store, self.clock, owner, link_id, needs_reauth=True, revoked=True, sealed=sealed)
        except (Unavailable, OutcomeUnknown):
            raise _failed() from None
        return self.begin(owner, redirect_uri=redirect_uri, link_id=link_id)

    def exchange(self, owner: str, public_token: str, *, link_id: str | None) -> tuple[BankLink, list[LinkedAccount]]:
        """Keep the link that a sign-in made or renewed; return it with the accounts that are not connected yet.

        The item is written as one to be ended before it is held, so that one that no link takes is ended.

        Raises:
            NotFound: if the link to renew is not the person's.
            Conflict: `other_institution` for a link that was made at another bank; `bank_link_failed` if the
                provider refuses, or its answer was lost: a sign-in is good once.
        """
        if link_id is not None and link_id not in self.store.load(owner).links:
            raise _absent()
        access_token, removal = self._hold(owner, public_token)
        try:
            bank = self.data.institution(access_token)
            accounts = self.data.accounts(access_token)
        except (Refused, Unavailable, OutcomeUnknown):
            raise _failed() from None
        now, item_id = self.clock.now(), str(removal.item_id)
        made = BankLink(new_id(), owner, item_id, bank.institution_id, bank.name, created_at=now, updated_at=now)
        link, known = self._keep(made, access_token, accounts, removal, link_id)
        taken = [account for account in known if account.state not in GONE and account.link_id == link.link_id]
        return link, [linked for linked in accounts if not any(account.is_same(linked) for account in taken)]

    def _hold(self, owner: str, public_token: str) -> tuple[str, ItemRemoval]:
        """Exchange a public token; return what opens its item, and the record by which it would be ended."""
        intent = self._write_intent(owner, public_token)
        try:
            access_token, item_id = self.data.exchange(public_token)
        except OutcomeUnknown:
            raise _failed() from None
        except (Refused, Unavailable):
            self.store.commit(BankChange(drops=intent))
            raise _failed() from None
        held = replace(intent, item_id=item_id)
        self.store.commit(BankChange(removal=held, removal_token=access_token))
        return access_token, replace(held, version=held.version + 1)

    @retry_on_stale
    def _write_intent(self, owner: str, public_token: str) -> ItemRemoval:
        removal_id, now = derived_id("bank-item", owner, public_token), self.clock.now()
        before = self.store.load(owner).removals.get(removal_id)
        if before is not None and before.item_id is not None:
            raise _failed()  # exchanged already, and about to be ended
        intent = before or ItemRemoval(removal_id, owner, created_at=now)
        intent = replace(intent, due_at=now + LOOKUP_DELAYS[0])
        self.store.commit(BankChange(removal=intent, removal_token=public_token))
        return replace(intent, version=intent.version + 1)

    def mark_item(self, item_id: str, *, needs_reauth: bool, revoked: bool = False) -> int:
        """Mark the link of a provider's item; return how many links that is."""
        found = self.store.link_of_item(item_id)
        if found is None:
            return 0
        store, clock = self.store, self.clock
        marked = mark_link(store, clock, *found, needs_reauth=needs_reauth, revoked=revoked, item_id=item_id)
        return int(marked is not None)

    @retry_on_stale
    def mark_accounts(self, item_id: str, account_ids: Collection[str]) -> int:
        """Note that accounts of a provider's item are gone or changed; return how many links that concerns."""
        found = self.store.link_of_item(item_id)
        if found is None:
            return 0
        state, now = self.store.load(found[0]), self.clock.now()
        link = state.links.get(found[1])
        gone = tuple(
            replace(account, needs_reauth=True, is_gone=True, updated_at=now)
            for account in state.accounts_of(found[1])
            if account.account_id in account_ids and account.state is AccountState.LINKED and not account.is_gone
        )
        if link is None or link.item_id != item_id:
            return 0
        if gone:
            self.store.commit(BankChange(accounts=gone, events=(reauth_event(link, now),)))
        return 1

    @retry_on_stale
    def _keep(
        self,
        made: BankLink,
        access_token: str,
        linked: Sequence[LinkedAccount],
        removal: ItemRemoval,
        link_id: str | None,
    ) -> tuple[BankLink, Collection[FundingAccount]]:
        """Write a link; return it with the person's funding accounts as they are then."""
        state = self.store.load(made.owner)
        same = next((link for link in state.links.values() if link.item_id == made.item_id), None)
        before = state.links.get(link_id) if link_id is not None else same
        if before is not None and same is not None and same.link_id != before.link_id:
            raise Conflict("This bank link belongs to another one of yours.", code="already_connected")
        change = BankChange(made, token=access_token, drops=removal)
        if before is not None:
            change = self._renewal(state, before, made, linked, change)
        self.store.commit(change)
        changed = {account.funding_account_id: account for account in change.accounts}
        return change.link or made, {**state.accounts, **changed}.values()

    def _renewal(
        self, state: BankState, before: BankLink, made: BankLink, linked: Sequence[LinkedAccount], change: BankChange
    ) -> BankChange:
        """Return the change that renews a link by a sign-in. Raises Conflict `other_institution`."""
        own = [account for account in state.accounts_of(before.link_id) if account.state in ALIVE]
        if not is_same_institution(before, made, own, linked):
            raise Conflict("This sign-in is at another bank.", code="other_institution")
        renewed = replace(
            before,
            item_id=made.item_id,
            institution_id=made.institution_id or before.institution_id,
            institution_name=made.institution_name,
            needs_reauth_since=None,
            revoked=False,
            updated_at=made.updated_at,
        )
        has_new_item = made.item_id != before.item_id
        accounts = [_renewed(account, own, linked, made.updated_at, has_new_item=has_new_item) for account in own]
        changed = tuple(new for new, old in zip(accounts, own, strict=True) if new != old)
        change = replace(change, link=renewed, accounts=changed, settles=True)
        if has_new_item:
            token = token_of(self.store, state, before.owner, before.link_id)
            removal = _removal_of(before, before.item_id, made.updated_at)
            return replace(change, removal=removal, removal_token=token, replaces_item=before.item_id)
        if any(account.renewing for account in changed):
            return replace(change, removal=_removal_of(before, "", made.updated_at))
        return change

    def _renewing_token(self, owner: str, link_id: str) -> str | None:
        """Return the access token of a link that is to be renewed; one that was revoked is made from the start."""
        state = self.store.load(owner)
        link = state.links.get(link_id)
        return None if link is not None and link.revoked else token_of(self.store, state, owner, link_id)


@retry_on_stale
def mark_link(  # noqa: PLR0913 - what is marked, and how
    store: BankStore,
    clock: Clock,
    owner: str,
    link_id: str,
    *,
    needs_reauth: bool,
    revoked: bool = False,
    item_id: str | None = None,
    sealed: bytes | None = None,
) -> BankLink | None:
    """Note that a link needs a new sign-in, or no longer; the person is notified once.

    One that was revoked is mended by a new sign-in alone, whatever else is reported of it. What is reported of
    an item that the link has no more, `item_id`, marks nothing; nor does a refusal of a token that a sign-in
    has replaced, `sealed`.
    """
    state, now = store.load(owner), clock.now()
    link = state.links.get(link_id)
    if link is not None and item_id not in {None, link.item_id}:
        return None
    if sealed not in {None, state.sealed_tokens.get(link_id)}:
        return link
    if link is None or (link.revoked and not needs_reauth):
        return link
    is_flagged = link.needs_reauth_since is not None
    if is_flagged is needs_reauth and link.revoked >= revoked:
        return link
    marked = replace(link, updated_at=now, revoked=link.revoked or revoked)
    if is_flagged is not needs_reauth:
        marked = replace(marked, needs_reauth_since=now if needs_reauth else None)
    events = (reauth_event(link, now),) if needs_reauth and not is_flagged else ()
    flagged = _flagged(state, link_id, needs_reauth=needs_reauth, now=now)
    store.commit(BankChange(marked, accounts=flagged, events=events))
    return marked


def mark_refused_link(store: BankStore, clock: Clock, state: BankState, link_id: str, refusal: Refused) -> bool:
    """Mark a link whose provider goes on only after a new sign-in; return whether a refusal says so.

    `state` is as it was read before the provider was asked, with the token that this was done with.
    """
    if refusal.code not in {LOGIN_REQUIRED, ITEM_GONE}:
        return False
    link, sealed = state.links.get(link_id), state.sealed_tokens.get(link_id)
    if link is not None:
        is_gone = refusal.code == ITEM_GONE
        mark_link(store, clock, link.owner, link_id, needs_reauth=True, revoked=is_gone, sealed=sealed)
    return True


def token_of(store: BankStore, state: BankState, owner: str, link_id: str) -> str:
    """Return the access token of a person's link. Raises NotFound if they have none of this id."""
    sealed = state.sealed_tokens.get(link_id)
    if sealed is None or link_id not in state.links:
        raise _absent()
    return store.open_token(owner, sealed)


def reauth_event(link: BankLink, now: datetime) -> OutboxEvent:
    """Return the event of a person who must sign in at a bank again."""
    event = BankNeedsReauth(owner=link.owner, bank_link_id=link.link_id, institution_name=link.institution_name)
    return OutboxEvent(event, f"{link.link_id}:{link.version}:{now.isoformat()}")


def _flagged(state: BankState, link_id: str, *, needs_reauth: bool, now: datetime) -> tuple[FundingAccount, ...]:
    return tuple(
        replace(account, needs_reauth=needs_reauth, updated_at=now)
        for account in state.accounts_of(link_id)
        if account.needs_reauth is not needs_reauth and account.state is AccountState.LINKED
        # What is gone from the bank, or is registered anew, no repaired sign-in brings back.
        if needs_reauth or not (account.is_gone or account.renewing)
    )


def _renewed(
    account: FundingAccount,
    own: Collection[FundingAccount],
    linked: Sequence[LinkedAccount],
    now: datetime,
    *,
    has_new_item: bool,
) -> FundingAccount:
    """Return an account after a new sign-in, which may show it under another id, or not at all."""
    same = matched_account(account, linked, own)
    if same is None:
        return account if account.is_gone else replace(account, needs_reauth=True, is_gone=True, updated_at=now)
    is_as_registered = not has_new_item and same.account_id == account.account_id and not account.is_gone
    renewed = replace(
        account, account_id=same.account_id, persistent_id=same.persistent_id or account.persistent_id, updated_at=now
    )
    if is_as_registered and not account.renewing:
        return replace(renewed, needs_reauth=False)
    if account.state is AccountState.ADDING:  # its registration, by the item before, may have arrived
        return replace(renewed, needs_reauth=False, is_gone=True)
    return renewed.to_be_registered_anew(new_id(), now)


def _removal_of(link: BankLink, item_id: str, now: datetime) -> ItemRemoval:
    """Return the removal of an item that a link is renewed from, with the registrations that hang on it."""
    removal_id = derived_id("bank-item", link.link_id, item_id or f"version-{link.version}")
    return ItemRemoval(removal_id, link.owner, now, item_id, link.link_id, due_at=now)


def _absent() -> NotFound:
    return NotFound("There is no such bank link.")


def _failed() -> Conflict:
    return Conflict("The bank could not be connected. Please start again.", code="bank_link_failed")
