"""What disputes need of the world outside."""

from dataclasses import dataclass
from typing import Protocol

from trading.billing.disputes.models import Dispute


@dataclass(frozen=True)
class DisputePage:
    """Disputes of everybody, newest first, and where the next page starts, if there is one."""

    disputes: tuple[Dispute, ...]
    next_after: str | None


class DisputeStore(Protocol):
    """Disputes; they are written with the invoice that they are about."""

    def find(self, owner: str, dispute_id: str) -> Dispute | None:
        """Return a person's dispute, strongly consistent."""
        ...

    def owner_of(self, dispute_id: str) -> str | None:
        """Return whose a dispute is."""
        ...

    def page(self, *, after: str | None, limit: int) -> DisputePage:
        """Return the disputes of everybody, newest first."""
        ...
