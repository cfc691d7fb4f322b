"""Registrations and removals of bank accounts that nobody could find out about: an operator decides.

A removal that never arrived leaves the account linked; after one that did arrive the broker's
list has the account no more.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.banking.models import AccountState, FundingAccount
from trading.banking.ports import BankBroker, BankChange, BankState, BankStore
from trading.banking.registrations import deleted, find_registration, is_registered, list_unclaimed
from trading.platform.clock import Clock
from trading.platform.documents import dump, load
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
class BankUnknowns:
    """Settles bank accounts that the resolver left to a person; see `UnknownResolver`."""

    store: BankStore
    broker: BankBroker
    clock: Clock

    @retry_on_stale
    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about a bank account; return its state then."""
        state, now = self.store.load(owner), self.clock.now()
        account = state.accounts.get(sk.partition("#")[2])
        if account is None or not account.needs_person:
            raise already_resolved()
        change = self._apply(state, account, finding, now)
        after = replace(change.accounts[0], updated_at=now)
        self.store.commit(replace(change, accounts=(after,), audit=finding.audit))
        return after.state.value

    def _apply(self, state: BankState, account: FundingAccount, finding: Finding, now: datetime) -> BankChange:
        if finding.decision is Decision.LOOK_AGAIN:
            return BankChange(accounts=(replace(account, due_at=now, lookups=1, needs_person=False),))
        has_arrived = finding.decision is Decision.ARRIVED
        if account.state is AccountState.DELETING:
            return self._confirm_removal(account, now) if has_arrived else self._undo_removal(account, now)
        if has_arrived:
            found = self._require_registration(state, account, finding.partner_reference)
            return BankChange(accounts=(account.linked(found, now),), settles=True)
        if find_registration(self.broker, state, account) is not None:
            raise partner_knows_it()
        failed = account.not_renewed() if account.renewing else account.moved(AccountState.FAILED, now).settled()
        return BankChange(accounts=(failed,), settles=True)

    def _require_registration(self, state: BankState, account: FundingAccount, reference: str | None) -> str:
        """Return the broker's id of a registration that did arrive. Raises Conflict if there is none."""
        if reference is None:
            reference = find_registration(self.broker, state, account)
        if reference is None or reference not in list_unclaimed(self.broker, state, account):
            raise not_at_partner()
        return reference

    def _confirm_removal(self, account: FundingAccount, now: datetime) -> BankChange:
        if is_registered(self.broker, account):
            raise not_at_partner()
        return deleted(account, now)

    def _undo_removal(self, account: FundingAccount, now: datetime) -> BankChange:
        if not is_registered(self.broker, account):
            raise partner_knows_it()
        kept = account.moved(AccountState.LINKED, now).settled()
        return BankChange(accounts=(replace(kept, lookups=1, due_at=now) if kept.renewing else kept,))


def leave_bank_account(document: str) -> str:
    """Return the document of a stuck record, left to a person."""
    return dump(replace(load(FundingAccount, document), needs_person=True, due_at=None))


def describe_bank_account(owner: str, document: str) -> Unknown | None:
    """Return the unknown outcome of a bank account; None where nothing is unknown."""
    account = load(FundingAccount, document)
    if not account.needs_person:
        return None
    known = {
        "waits_for": "removal" if account.state is AccountState.DELETING else "registration",
        "name": account.nickname,
        "broker_user_id": account.user_id,
        "lookups": account.lookups,
        "partner_reference": account.broker_bank_account_id,
    }
    asked_at, state = account.first_sent_at, account.state.value
    return Unknown(UnknownKind.BANK_REGISTRATION, owner, account.funding_account_id, asked_at, state, known)
