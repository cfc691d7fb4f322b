"""Trading accounts: opened exactly once, kept in step with the broker.

Whoever finds a person approved calls `ensure`. The first one writes the attempt with its key and
asks the broker; whoever comes at the same time leaves it to them, whoever comes later looks first
and asks again under the same key.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.brokerage.events import BrokerStatusUnknown
from trading.brokerage.models import AccountStatus, BrokerAccount
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW, LOOKUP_DELAYS
from trading.funding.accounts.models import LETS_OUT, Opening, Pause, TradingAccount
from trading.funding.accounts.ports import AccountBroker, AccountChange, AccountStore
from trading.funding.errors import AlreadyHandled, ForeignEvent
from trading.funding.events import AccountOpened, TradingPaused, TradingResumed
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.ids import derived_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale

LEFT_TO_OTHERS = timedelta(minutes=1)
_PAUSING = frozenset({AccountStatus.FROZEN, AccountStatus.CLOSED})


@dataclass(frozen=True)
class AccountService:
    """Opens trading accounts and keeps their status."""

    store: AccountStore
    broker: AccountBroker
    clock: Clock

    @retry_on_stale
    def ensure(self, owner: str, user_id: str) -> TradingAccount:
        """Have an approved person's account opened at the broker, once however often this is asked."""
        account, now = self.store.find(owner) or TradingAccount.shell(owner, self.clock.now()), self.clock.now()
        if account.broker_account_id is not None:
            return account
        is_first = account.opening is None
        if account.opening is None:
            opening = Opening(derived_id("open-account", owner), now, due_at=now + LOOKUP_DELAYS[0])
            account = self.store.commit(AccountChange(replace(account, user_id=user_id, opening=opening), now))
        elif now - account.opening.first_sent_at < LEFT_TO_OTHERS:
            return account
        return self._open(account, is_first=is_first)

    @retry_on_stale
    def refresh(self, owner: str, event_id: str | None = None) -> TradingAccount:
        """Read a person's account at the broker and keep what it says.

        Raises:
            ForeignEvent: if the person has no account there.
            Unavailable: if the broker cannot be asked.
        """
        account = self.store.find(owner)
        if account is None or account.broker_account_id is None:
            raise ForeignEvent("The person has no account at the broker.")
        return self._adopt(account, self.broker.account(account.broker_account_id), event_id=event_id)

    def apply_event(self, event_id: str, broker_account_id: str, user_id_owner: str | None) -> TradingAccount:
        """Follow an event of the broker about an account; `user_id_owner` is whose the event's user is.

        Raises:
            ForeignEvent: if neither account nor user is ours.
            Unavailable: if the broker cannot be asked; the event will come again.
        """
        owner = self.store.owner_of(broker_account_id) or user_id_owner
        if owner is None:
            raise ForeignEvent("The account is nobody's.")
        account = self.store.find(owner)
        if account is not None and account.broker_account_id is None:
            return self._open(account, is_first=False)
        return self.refresh(owner, event_id)

    @retry_on_stale
    def resume(self, owner: str) -> TradingAccount | None:
        """Go on with an opening that is not finished: read it at the broker, ask again, or leave it to a person.

        An account that the broker has and that is not open is read every day until it is open or closed.
        """
        account, now = self.store.find(owner), self.clock.now()
        if account is None or account.opening is None or account.opening.due_at is None or account.opening.due_at > now:
            return account
        try:
            if account.broker_account_id is None:
                account = self._open(account, is_first=False)
            else:
                account = self._adopt(account, self.broker.account(account.broker_account_id))
        except (Unavailable, Refused):
            pass
        return self._record_lookup(account, now)

    def _open(self, account: TradingAccount, *, is_first: bool) -> TradingAccount:
        user_id, opening = str(account.user_id), account.opening
        if opening is None:
            return account
        try:
            found = None if is_first else next(iter(self.broker.accounts_of(user_id)), None)
            if found is None and self.clock.now() - opening.first_sent_at < IDEMPOTENCY_WINDOW:
                found = self.broker.open_account(user_id, key=opening.attempt_id)
        except (Unavailable, OutcomeUnknown, Refused):
            return account
        return self._adopt(account, found) if found is not None else account

    def _adopt(self, account: TradingAccount, found: BrokerAccount, *, event_id: str | None = None) -> TradingAccount:
        now = self.clock.now()
        after = with_broker_account(account, found, now)
        if after == account and found.status is not None:
            return account
        events = tuple(account_events(account, after, found))
        try:
            return self.store.commit(AccountChange(after, now, events, event_id=event_id))
        except AlreadyHandled:
            return account

    def _record_lookup(self, account: TradingAccount, now: datetime) -> TradingAccount:
        opening = account.opening
        if opening is None:
            return account
        later = opening.after_lookup(now, is_known=account.broker_account_id is not None)
        event = OutboxEvent(OutcomeNeedsPerson(owner=account.owner), f"{account.account_id}:{account.version}")
        is_new = later.needs_person and not opening.needs_person
        return self.store.commit(AccountChange(replace(account, opening=later), now, (event,) if is_new else ()))


def with_broker_account(account: TradingAccount, found: BrokerAccount, now: datetime) -> TradingAccount:
    """Return an account after the broker gave its state."""
    status = found.status or account.status
    after = replace(
        account,
        broker_account_id=found.account_id,
        account_no=found.account_no,
        user_id=found.user_id,
        status=status,
        day_trade_rule=found.day_trade_rule,
    )
    if status is AccountStatus.OPEN:
        after = replace(after, opening=None, opened_at=account.opened_at or now)
    if status in LETS_OUT:
        after = replace(after, pauses=after.pauses - {Pause.BROKER})
    elif status in _PAUSING:
        after = replace(after, pauses=after.pauses | {Pause.BROKER})
    if status is AccountStatus.CLOSED:  # it will never open, so nothing is waited for
        after = replace(after, opening=None)
    return after if after == account else replace(after, updated_at=now)


def account_events(before: TradingAccount, after: TradingAccount, found: BrokerAccount) -> Iterator[OutboxEvent]:
    """Yield the events of a step that the broker's word about an account led to."""
    subject = f"{after.account_id}:{before.version}"
    person = {"owner": after.owner, "trading_account_id": after.account_id}
    if after.opened_at is not None and before.opened_at is None:
        yield OutboxEvent(AccountOpened(**person, at=after.opened_at), after.account_id)
    if Pause.BROKER in after.pauses - before.pauses:
        yield OutboxEvent(TradingPaused(**person, reason=f"account {found.raw_status}"), subject)
    if Pause.BROKER in before.pauses - after.pauses:
        yield OutboxEvent(TradingResumed(**person), subject)
    if found.status is None:
        yield OutboxEvent(BrokerStatusUnknown(**person, raw_status=found.raw_status), subject)
