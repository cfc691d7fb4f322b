"""Items that are to be ended at the provider: those that no link took, and those that a link was renewed from.

Tried until it is done. An item that a link has is never ended here, however it came to be on the list.
"""

from dataclasses import dataclass, replace

from trading.banking.models import MAY_ARRIVE_WITHIN, FundingAccount, ItemRemoval
from trading.banking.ports import BankBroker, BankChange, BankData, BankState, BankStore, MoneyInFlight
from trading.banking.registrations import find_outdated
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, StaleRecord, Unavailable
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class RemovalService:
    """Ends items at the provider, and the registrations at the broker that hung on them."""

    store: BankStore
    data: BankData
    broker: BankBroker
    money: MoneyInFlight
    clock: Clock

    def resume(self, owner: str, removal_id: str) -> None:
        """Try to end an item, if that is due; whoever was about to take it finds it taken."""
        removal = self._record_attempt(owner, removal_id)
        if removal is None:
            return
        try:
            self._end(self._obtain(removal) if removal.item_id is None else removal)
        except (Refused, Unavailable, OutcomeUnknown, StaleRecord):
            return  # the next try is written

    @retry_on_stale
    def _record_attempt(self, owner: str, removal_id: str) -> ItemRemoval | None:
        removal, now = self.store.load(owner).removals.get(removal_id), self.clock.now()
        if removal is None or removal.due_at is None or removal.due_at > now:
            return None
        tried = removal.tried(now)
        self.store.commit(BankChange(removal=tried, events=(_needs_person(tried),) if tried.needs_person else ()))
        return replace(tried, version=tried.version + 1)

    def _obtain(self, removal: ItemRemoval) -> ItemRemoval:
        """Exchange a public token whose exchange got no answer; one that is used or old opens nothing any more."""
        try:
            access_token, item_id = self.data.exchange(self._token(removal))
        except Refused:
            self.store.commit(BankChange(drops=removal, events=(_needs_person(removal),)))
            raise
        held = replace(removal, item_id=item_id)
        self.store.commit(BankChange(removal=held, removal_token=access_token))
        return replace(held, version=held.version + 1)

    def _end(self, removal: ItemRemoval) -> None:
        state = self.store.load(removal.owner)
        holder = self.store.link_of_item(removal.item_id) if removal.item_id else None
        if holder is not None:
            # A sign-in anew whose keeping failed: the item lives on, and what opens it may have changed.
            link = state.links.get(holder[1]) if holder[0] == removal.owner else None
            self.store.commit(BankChange(link, token=self._token(removal) if link else None, drops=removal))
        elif not self._is_held_up(state, removal):
            self._end_registrations(state, removal)
            if removal.item_id:
                self.data.remove_item(self._token(removal))
            self.store.commit(BankChange(drops=removal))

    def _is_held_up(self, state: BankState, removal: ItemRemoval) -> bool:
        """Say whether accounts still hang on the item: not registered anew yet, or with money on its way."""
        accounts = _accounts(state, removal)
        if any(account.holds_up_its_item for account in accounts):
            return True
        return any(self.money.on(account.owner, account.funding_account_id).count for account in accounts)

    def _end_registrations(self, state: BankState, removal: ItemRemoval) -> None:
        """End what is registered of accounts and not used. Raises Unavailable while more of that may arrive."""
        latest, may_arrive = self.clock.now() - MAY_ARRIVE_WITHIN, False
        for account in _accounts(state, removal):
            for reference in find_outdated(self.broker, state, account):
                self.broker.delete_bank_account(reference)
            waiting = tuple(attempt for attempt in account.abandoned if attempt.at > latest)
            ended = replace(account, replaced=(), abandoned=waiting)
            if ended != account:
                self.store.commit(BankChange(accounts=(ended,)))
            may_arrive = may_arrive or bool(waiting)
        if may_arrive:
            raise Unavailable("An abandoned registration may still arrive.")

    def _token(self, removal: ItemRemoval) -> str:
        sealed = self.store.load(removal.owner).sealed_tokens[removal.removal_id]
        return self.store.open_token(removal.owner, sealed)


def _accounts(state: BankState, removal: ItemRemoval) -> tuple[FundingAccount, ...]:
    return state.accounts_of(removal.link_id) if removal.link_id is not None else ()


def _needs_person(removal: ItemRemoval) -> OutboxEvent:
    event = OutcomeNeedsPerson(owner=removal.owner, removal_id=removal.removal_id, status="item_not_ended")
    return OutboxEvent(event, f"{removal.removal_id}:{removal.version}")
