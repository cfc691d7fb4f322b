"""Reconciliation: every night each account's status and cash at the broker are held against our ledger.

The status is taken over, so that a lost FROZEN or CLOSED is found within a day. The payments of what is in
flight are read, by one list each way, so that a lost event is no difference. What then differs is a record
with a state. Finding it is an event, and so is its getting worse, and it resolves itself when both sides
agree again. An account that the broker does not know is counted, and thereby alarmed, every night.
"""

from dataclasses import dataclass, replace

from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import ForeignEvent
from trading.funding.reconciliation.models import Discrepancy
from trading.funding.reconciliation.ports import Accounts, DiscrepancyStore, Flows, Money, Statuses
from trading.funding.reconciliation.resolution import ITSELF, freed, resolved
from trading.platform.clock import Clock
from trading.platform.errors import Refused
from trading.platform.observability import count
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class ReconciliationService:
    """Compares accounts with the broker and keeps what differs."""

    accounts: Accounts
    statuses: Statuses
    flows: Flows
    broker: Money
    store: DiscrepancyStore
    clock: Clock

    @retry_on_stale
    def reconcile(self, owner: str) -> Discrepancy | None:
        """Compare one account; return the open discrepancy, if there is one.

        Raises:
            Unavailable: if the broker cannot be asked.
        """
        self._take_over_status(owner)
        account = self._refresh_flows(owner)
        if account is None or account.broker_account_id is None or account.trades_since is not None:
            return None  # while orders are out, the broker's cash moves ahead of ours
        try:
            brokers = self.broker.money(account.broker_account_id).cash_cents
        except Refused:
            count("AccountsWithoutMoney")
            return None
        before = self.store.find(account.discrepancy_id) if account.discrepancy_id else None
        if brokers == account.broker_cash_cents:
            if before is not None:
                self.store.save(resolved(before, ITSELF, self.clock.now()), freed(account, before, self.clock.now()))
            return None
        return self._keep(account, before, brokers)

    def _take_over_status(self, owner: str) -> None:
        try:
            self.statuses.refresh(owner)
        except ForeignEvent:
            pass  # there is no account at the broker yet
        except Refused:
            count("AccountsNotFound")

    def _refresh_flows(self, owner: str) -> TradingAccount | None:
        account = self.accounts.find(owner)
        if account is None or not account.in_flight:
            return account
        self.flows.refresh(account)
        return self.accounts.find(owner)

    def _keep(self, account: TradingAccount, before: Discrepancy | None, brokers: int) -> Discrepancy:
        now, ours = self.clock.now(), account.broker_cash_cents
        if before is not None:
            seen = replace(before, ours_cents=ours, brokers_cents=brokers, seen_at=now)
            self.store.save(seen, None, is_worse=abs(seen.difference_cents) > abs(before.difference_cents))
            return seen
        new_id = self.store.new_id(now)
        found = Discrepancy(new_id, account.owner, account.account_id, ours, brokers, found_at=now, seen_at=now)
        self.store.save(found, replace(account, discrepancy_id=new_id, updated_at=now))
        return found
