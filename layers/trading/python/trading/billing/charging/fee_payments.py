"""The broker's events of fees that are taken from cash: they come among those of money flows."""

from dataclasses import dataclass

from trading.billing.charging.outcomes import AttemptSettlement
from trading.billing.charging.rails import CashRail
from trading.billing.ports import BillingStore
from trading.brokerage.models import BrokerPayment, Direction
from trading.platform.clock import Clock
from trading.platform.errors import Refused


@dataclass(frozen=True)
class FeePayments:
    """Follows redemptions that carry an attempt's id."""

    store: BillingStore
    cash: CashRail
    clock: Clock

    def apply_event(self, event_id: str, reported: BrokerPayment) -> bool:
        """Follow an event, if it is of a fee; return whether it is.

        The payment is read at the broker, since events come late and in any order.

        Raises:
            Unavailable: if the broker cannot be asked; the event comes again.
        """
        if reported.direction is not Direction.WITHDRAWAL:
            return False
        place = (
            self.store.attempt_of(reported.note) if reported.note is not None else self._place_of(reported.payment_id)
        )
        if place is None:
            return False
        owner, (period, _, number) = place[0], place[1].partition("#")
        payment = self.cash.broker.payment(Direction.WITHDRAWAL, reported.payment_id)
        state = self.store.load(owner, period)
        attempt = state.invoice.attempt(int(number)) if state.invoice is not None else None
        # What was abandoned is not taken any more, since the invoice may be paid another way by now.
        known = self.cash.advance(payment, is_wanted=attempt is not None and not attempt.status.is_settled)
        AttemptSettlement(self.store, self.clock).settle(state, int(number), known, event_id)
        return True

    def _place_of(self, payment_id: str) -> tuple[str, str] | None:
        """Return whose fee a payment is of which an event says little."""
        try:
            note = self.cash.broker.payment(Direction.WITHDRAWAL, payment_id).note
        except Refused:
            return None
        return self.store.attempt_of(note) if note is not None else None
