"""Openings of accounts that nobody could find out about: an operator decides, and the broker is asked once more."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.models import BrokerAccount
from trading.funding.accounts.models import Opening, TradingAccount
from trading.funding.accounts.ports import AccountBroker, AccountChange, AccountStore
from trading.funding.accounts.service import account_events, with_broker_account
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.documents import dump, load
from trading.platform.errors import Refused
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale
from trading.platform.unknowns import (
    Decision,
    Finding,
    Unknown,
    UnknownKind,
    already_resolved,
    not_at_partner,
    partner_knows_it,
)


@dataclass(frozen=True)
class AccountUnknowns:
    """Settles openings that the resolver left to a person; see `UnknownResolver`."""

    store: AccountStore
    broker: AccountBroker
    clock: Clock

    @retry_on_stale
    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about an opening; return the account's status then.

        An opening that never arrived begins anew, under another key: the resolver lookups before it asks.
        """
        del sk
        account, now = self.store.find(owner), self.clock.now()
        opening = account.opening if account is not None else None
        if account is None or opening is None or not opening.needs_person:
            raise already_resolved()
        if finding.decision is Decision.ARRIVED:
            return self._adopt(account, self._require_account(account, finding.partner_reference), finding.audit)
        if finding.decision is Decision.NEVER_ARRIVED:
            if self._find(account) is not None:
                raise partner_knows_it()
            account = _without_account(account)
            opening = Opening(new_id(), now, due_at=now)
        else:
            opening = replace(opening, due_at=now, lookups=1, needs_person=False)
        return self._write(replace(account, opening=opening), now, finding.audit)

    def _find(self, account: TradingAccount) -> BrokerAccount | None:
        """Return the account that the broker has for a person. Raises Unavailable."""
        listed = next(iter(self.broker.accounts_of(str(account.user_id))), None)
        if listed is not None or account.broker_account_id is None:
            return listed
        return self._account(account.broker_account_id)

    def _require_account(self, account: TradingAccount, reference: str | None) -> BrokerAccount:
        found = self._find(account) if reference is None else self._account(reference)
        if found is None or found.user_id != account.user_id:
            raise not_at_partner()
        if self.store.owner_of(found.account_id) not in {None, account.owner}:
            raise not_at_partner()
        return found

    def _account(self, account_id: str) -> BrokerAccount | None:
        try:
            return self.broker.account(account_id)
        except Refused:
            return None

    def _adopt(self, account: TradingAccount, found: BrokerAccount, audit: Audit) -> str:
        now, opening = self.clock.now(), account.opening
        watched = replace(opening, due_at=now, lookups=1, needs_person=False) if opening else None
        after = with_broker_account(replace(account, opening=watched), found, now)
        return self._write(after, now, audit, tuple(account_events(account, after, found)))

    def _write(self, after: TradingAccount, now: datetime, audit: Audit, events: tuple[OutboxEvent, ...] = ()) -> str:
        changed = replace(after, updated_at=now)
        return _status(self.store.commit(AccountChange(changed, now, events, audit=audit, action="resolve_unknown")))


def leave_account(document: str) -> str:
    """Return the document of an account whose opening is stuck, left to a person."""
    account = load(TradingAccount, document)
    left = replace(account.opening, needs_person=True, due_at=None) if account.opening else None
    return dump(replace(account, opening=left))


def describe_account(owner: str, document: str) -> Unknown | None:
    """Return what is unknown about an account's opening; None where nothing is."""
    account = load(TradingAccount, document)
    opening = account.opening
    if opening is None or not opening.needs_person:
        return None
    known = {
        "broker_user_id": account.user_id,
        "lookups": opening.lookups,
        "partner_reference": account.broker_account_id,
    }
    return Unknown(
        UnknownKind.ACCOUNT_OPENING, owner, account.account_id, opening.first_sent_at, _status(account), known
    )


def _status(account: TradingAccount) -> str:
    return account.status.value if account.status is not None else "opening"


def _without_account(account: TradingAccount) -> TradingAccount:
    """Return an account without what the broker once said of it and knows no more."""
    return replace(account, broker_account_id=None, account_no=None, status=None)
