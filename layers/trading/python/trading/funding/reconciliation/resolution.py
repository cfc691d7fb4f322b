"""Closing discrepancies: by an operator, or because both sides agree again."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.funding.accounts.models import TradingAccount
from trading.funding.reconciliation.models import Discrepancy, DiscrepancyStatus
from trading.funding.reconciliation.ports import Accounts, DiscrepancyStore
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound
from trading.platform.retry import retry_on_stale

ITSELF = Audit("reconciliation", "both sides agree again")


@dataclass(frozen=True)
class ResolutionService:
    """Lets operators close what they examined."""

    accounts: Accounts
    store: DiscrepancyStore
    clock: Clock

    @retry_on_stale
    def resolve(self, discrepancy_id: str, audit: Audit) -> Discrepancy:
        """Close a discrepancy for an operator.

        Raises:
            NotFound: if there is none of this id.
            Conflict: `already_resolved`.
        """
        found = self.store.find(discrepancy_id)
        if found is None:
            raise NotFound("There is no such discrepancy.")
        if found.status is DiscrepancyStatus.RESOLVED:
            raise Conflict("The discrepancy is resolved already.", code="already_resolved")
        now, account = self.clock.now(), self.accounts.find(found.owner)
        closed = resolved(found, audit, now)
        self.store.save(closed, freed(account, found, now), audit)
        return closed


def resolved(found: Discrepancy, audit: Audit, at: datetime) -> Discrepancy:
    """Return a discrepancy that is closed, with who closed it and why."""
    return replace(
        found,
        status=DiscrepancyStatus.RESOLVED,
        resolved_at=at,
        resolved_by=audit.actor,
        reason=audit.reason,
    )


def freed(account: TradingAccount | None, found: Discrepancy, at: datetime) -> TradingAccount | None:
    """Return the account without the discrepancy that it names; None if it names another or none."""
    if account is None or account.discrepancy_id != found.discrepancy_id:
        return None
    return replace(account, discrepancy_id=None, updated_at=at)
