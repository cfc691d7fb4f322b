"""Reconciliation: every night each account's cash at the broker is held against our books.

Before that every open money flow is read at the broker, so that a lost event is no difference. What
then differs is a record with a state. It resolves itself when both sides agree again.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from trading.funding.accounts.models import TradingAccount
from trading.funding.reconciliation.models import Discrepancy
from trading.funding.reconciliation.ports import Accounts, DiscrepancyStore, Flows, Money
from trading.funding.reconciliation.resolution import ITSELF, freed, resolved
from trading.platform.clock import Clock
from trading.platform.errors import Refused, Unavailable
from trading.platform.retry import retried_when_stale


@dataclass(frozen=True)
class ReconciliationService:
    """Compares accounts with the broker and keeps what differs."""

    accounts: Accounts
    flows: Flows
    broker: Money
    store: DiscrepancyStore
    clock: Clock

    @retried_when_stale
    def reconcile(self, owner: str) -> Discrepancy | None:
        """Compare one account; return the open discrepancy, if there is one.

        Raises:
            Unavailable: if the broker cannot be asked.
        """
        account = self._with_news(owner)
        if account is None or account.broker_account_id is None or account.trades_since is not None:
            return None  # while orders are out, the broker's cash moves ahead of ours
        brokers = self.broker.money(account.broker_account_id).cash_cents
        before = self.store.find(account.discrepancy_id) if account.discrepancy_id else None
        if brokers == account.broker_cash_cents:
            if before is not None:
                self.store.save(resolved(before, ITSELF, self.clock.now()), freed(account, before, self.clock.now()))
            return None
        return self._keep(account, before, brokers)

    def _with_news(self, owner: str) -> TradingAccount | None:
        account = self.accounts.find(owner)
        for flow_id in account.in_flight if account else ():
            with suppress(Unavailable, Refused):
                self.flows.refresh(owner, flow_id)
        return self.accounts.find(owner) if account and account.in_flight else account

    def _keep(self, account: TradingAccount, before: Discrepancy | None, brokers: int) -> Discrepancy:
        now, ours = self.clock.now(), account.broker_cash_cents
        if before is not None:
            seen = replace(before, ours_cents=ours, brokers_cents=brokers, seen_at=now)
            self.store.save(seen, None)
            return seen
        new_id = self.store.new_id(now)
        found = Discrepancy(new_id, account.owner, account.account_id, ours, brokers, found_at=now, seen_at=now)
        self.store.save(found, replace(account, discrepancy_id=new_id, updated_at=now))
        return found
