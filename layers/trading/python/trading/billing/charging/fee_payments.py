"""What the broker tells of fees that are taken from cash: they come among the events of money flows."""

from dataclasses import dataclass

from trading.billing.charging.collecting import CashRail
from trading.billing.charging.outcomes import settle
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

    def apply_event(self, event_id: str, told: BrokerPayment) -> bool:
        """Follow an event, if it tells of a fee; return whether it does.

        The payment is read at the broker, since events come late and in any order.

        Raises:
            Unavailable: if the broker cannot be asked; the event comes again.
        """
        if told.direction is not Direction.WITHDRAWAL:
            return False
        place = self.store.attempt_of(told.note) if told.note is not None else self._place_of(told.payment_id)
        if place is None:
            return False
        owner, (period, _, number) = place[0], place[1].partition("#")
        payment = self.cash.broker.payment(Direction.WITHDRAWAL, told.payment_id)
        state = self.store.load(owner, period)
        attempt = state.invoice.attempt(int(number)) if state.invoice is not None else None
        # What was given up is not taken any more, since the invoice may be paid another way by now.
        known = self.cash.known(payment, is_wanted=attempt is not None and not attempt.status.is_settled)
        settle(self.store, state, int(number), known, (self.clock, event_id))
        return True

    def _place_of(self, payment_id: str) -> tuple[str, str] | None:
        """Return whose fee a payment is that an event tells little of."""
        try:
            note = self.cash.broker.payment(Direction.WITHDRAWAL, payment_id).note
        except Refused:
            return None
        return self.store.attempt_of(note) if note is not None else None
