"""Bank links: a person's sign-in at a bank, made, renewed, and watched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trading.banking.models import AccountState, BankLink, FundingAccount
from trading.banking.ports import BankBook, BankChange, BankData, BankStore
from trading.brokerage.banks import LinkedAccount, LinkToken
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retried_when_stale

GONE = frozenset({AccountState.DELETED, AccountState.FAILED})


@dataclass(frozen=True)
class LinkService:
    """Makes and renews bank links."""

    store: BankStore
    data: BankData
    clock: Clock

    def begin(self, owner: str, *, redirect_uri: str | None, link_id: str | None) -> LinkToken:
        """Return what an app opens the sign-in with; for a link of the person's own, to renew it.

        Raises:
            NotFound: if the person has no such link.
            Conflict: `bank_link_failed` if the provider refuses or cannot be asked.
        """
        token = None if link_id is None else self._token(owner, link_id)
        try:
            return self.data.link_token(owner, redirect_uri=redirect_uri, access_token=token)
        except (Refused, Unavailable, OutcomeUnknown):
            raise _failed() from None

    def exchange(self, owner: str, public_token: str, *, link_id: str | None) -> tuple[BankLink, list[LinkedAccount]]:
        """Keep the link that a sign-in made or renewed; return it with the accounts that are not connected yet.

        Raises:
            NotFound: if the link to renew is not the person's.
            Conflict: `bank_link_failed` if the provider refuses, or its answer was lost: a sign-in is good once.
        """
        if link_id is not None and link_id not in self.store.book(owner).links:
            raise _absent()
        try:
            access_token, item_id = self.data.exchange(public_token)
            bank = self.data.institution(access_token)
            accounts = self.data.accounts(access_token)
        except (Refused, Unavailable, OutcomeUnknown):
            raise _failed() from None
        now = self.clock.now()
        made = BankLink(new_id(), owner, item_id, bank.institution_id, bank.name, created_at=now, updated_at=now)
        link, known = self._keep(made, access_token, accounts, link_id)
        taken = {each.account_id for each in known if each.state not in GONE}
        return link, [each for each in accounts if each.account_id not in taken]

    def mark(self, owner: str, link_id: str, *, needs_reauth: bool) -> BankLink | None:
        """Note that a link needs a new sign-in, or no longer; the person is told once."""
        return mark_link(self.store, self.clock, owner, link_id, needs_reauth=needs_reauth)

    def mark_item(self, item_id: str, *, needs_reauth: bool) -> int:
        """Mark the link of a provider's item; return how many links that is."""
        found = self.store.link_of_item(item_id)
        if found is None:
            return 0
        return int(self.mark(*found, needs_reauth=needs_reauth) is not None)

    @retried_when_stale
    def _keep(
        self, made: BankLink, access_token: str, told: Sequence[LinkedAccount], link_id: str | None
    ) -> tuple[BankLink, Collection[FundingAccount]]:
        """Write a link; return it with the person's funding accounts as they are then."""
        book = self.store.book(made.owner)
        same = next((each for each in book.links.values() if each.item_id == made.item_id), None)
        before = book.links.get(link_id) if link_id is not None else same
        if before is not None:
            made = replace(
                before,
                item_id=made.item_id,
                institution_id=made.institution_id,
                institution_name=made.institution_name,
                needs_reauth_since=None,
                updated_at=made.updated_at,
            )
        known = {each.funding_account_id: _renewed(each, made, told) for each in book.accounts.values()}
        changed = tuple(each for each in known.values() if each != book.accounts[each.funding_account_id])
        self.store.commit(BankChange(made, token=access_token, accounts=changed))
        return made, known.values()

    def _token(self, owner: str, link_id: str) -> str:
        return token_of(self.store, self.store.book(owner), owner, link_id)


@retried_when_stale
def mark_link(store: BankStore, clock: Clock, owner: str, link_id: str, *, needs_reauth: bool) -> BankLink | None:
    """Note that a link needs a new sign-in, or no longer; the person is told once."""
    book, now = store.book(owner), clock.now()
    link = book.links.get(link_id)
    if link is None or (link.needs_reauth_since is not None) is needs_reauth:
        return link
    marked = replace(link, needs_reauth_since=now if needs_reauth else None, updated_at=now)
    events = (reauth_event(link, now),) if needs_reauth else ()
    flagged = _flagged(book, link_id, needs_reauth=needs_reauth, now=now)
    store.commit(BankChange(marked, accounts=flagged, events=events))
    return marked


def token_of(store: BankStore, book: BankBook, owner: str, link_id: str) -> str:
    """Return what opens a person's link. Raises NotFound if they have none of this id."""
    sealed = book.sealed_tokens.get(link_id)
    if sealed is None or link_id not in book.links:
        raise _absent()
    return store.open_token(owner, sealed)


def reauth_event(link: BankLink, now: datetime) -> OutboxEvent:
    """Return the event that tells a person to sign in at a bank again."""
    told = {"owner": link.owner, "bank_link_id": link.link_id, "institution_name": link.institution_name}
    return OutboxEvent("bank_needs_reauth", f"{link.link_id}:{link.version}:{now.isoformat()}", told)


def _flagged(book: BankBook, link_id: str, *, needs_reauth: bool, now: datetime) -> tuple[FundingAccount, ...]:
    return tuple(
        replace(each, needs_reauth=needs_reauth, updated_at=now)
        for each in book.accounts_of(link_id)
        if each.needs_reauth is not needs_reauth and each.state is AccountState.LINKED
    )


def _renewed(account: FundingAccount, link: BankLink, told: Sequence[LinkedAccount]) -> FundingAccount:
    if account.link_id != link.link_id or account.state is not AccountState.LINKED:
        return account
    renewed = account.renewed(told)
    return account if renewed == account else replace(renewed, updated_at=link.updated_at)


def _absent() -> NotFound:
    return NotFound("There is no such bank link.")


def _failed() -> Conflict:
    return Conflict("The bank could not be connected. Please start again.", code="bank_link_failed")
