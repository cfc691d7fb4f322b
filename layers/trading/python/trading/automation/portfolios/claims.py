"""Claims: what a company owes a portfolio that is not cash yet, a dividend or the cash for a fraction."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trading.ledger.models import Kind


@dataclass(frozen=True)
class Claim:
    """One claim of an action, `kind` DIVIDEND or CASH_IN_LIEU, due from a day on.

    `cents` is what it is worth as far as is known. A fraction's `cost_cents` wait for its opening price;
    `paid_cents` were paid for it before its terms changed.
    """

    kind: Kind
    action_id: str
    symbol: str
    quantity: Decimal
    cents: int
    due_on: date
    cost_cents: int = 0
    paid_cents: int = 0

    @property
    def booked_cents(self) -> int:
        """Return the claim's part of the receivables of the ledger."""
        return self.cents if self.kind is Kind.DIVIDEND else self.cost_cents

    @property
    def needs_price(self) -> bool:
        """Say whether it cannot be paid before a price is known."""
        return self.kind is Kind.CASH_IN_LIEU and self.quantity != 0
