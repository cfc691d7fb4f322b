"""What payouts need of the world outside."""

from dataclasses import dataclass
from typing import Protocol

from trading.billing.payouts.models import CreditPayout


@dataclass(frozen=True)
class PayoutPage:
    """Payouts of everybody, newest first, and where the next page starts, if there is one."""

    payouts: tuple[CreditPayout, ...]
    next_after: str | None


class PayoutStore(Protocol):
    """Payouts; they are written with the billing account."""

    def find(self, payout_id: str) -> CreditPayout | None:
        """Return a payout, strongly consistent."""
        ...

    def page(self, *, after: str | None, limit: int) -> PayoutPage:
        """Return the payouts of everybody, newest first."""
        ...
