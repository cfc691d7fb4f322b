"""A credit that is to be paid out by an operator, since its person is billed no more."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.platform.audit import Audit


@dataclass(frozen=True)
class CreditPayout:
    """What a person with a closed account is owed; `owed_cents` is what they owe us at the same time."""

    payout_id: str
    owner: str
    cents: int
    owed_cents: int
    created_at: datetime
    paid_at: datetime | None = None
    paid_by: str | None = None
    reason: str | None = None
    version: int = 0

    def paid(self, audit: Audit, at: datetime) -> "CreditPayout":
        """Return the payout once somebody paid it."""
        return replace(self, paid_at=at, paid_by=audit.actor, reason=audit.reason)
