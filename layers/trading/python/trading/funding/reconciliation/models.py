"""Discrepancies: what the broker says an account holds, where it is not what our ledger says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DiscrepancyStatus(StrEnum):
    """Whether somebody still has to look at it."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Discrepancy:
    """A difference of cash, in cents. It is open until both sides agree again or a person resolves it."""

    discrepancy_id: str
    owner: str
    account_id: str
    ours_cents: int
    brokers_cents: int
    found_at: datetime
    seen_at: datetime
    status: DiscrepancyStatus = DiscrepancyStatus.OPEN
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    reason: str | None = None

    @property
    def difference_cents(self) -> int:
        """Return how much more the broker has than our ledger says."""
        return self.brokers_cents - self.ours_cents
