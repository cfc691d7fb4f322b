"""Stripe's webhooks, applied: what they are about is read at Stripe itself, since they come late and in any order.

Nothing is ever refunded here. A refund or dispute that happened at Stripe is recorded.
"""

from dataclasses import dataclass

from trading.billing.charging.rails import known_of
from trading.billing.charging.service import ChargeService
from trading.billing.disputes.service import DisputeService
from trading.billing.invoices.models import AttemptPlace
from trading.billing.models import StripeEvent
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.ports import BillingStore, CardCharge, CardProcessor
from trading.billing.refunds import RefundService
from trading.funding.errors import AlreadyHandled
from trading.platform.clock import Clock
from trading.platform.errors import NotFound, Refused
from trading.platform.observability import count

INTENTS, DISPUTES = "payment_intent.", "charge.dispute."
REFUNDS = frozenset({"charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed"})


@dataclass(frozen=True)
class StripeEvents:
    """Applies webhooks, each once however often it comes."""

    store: BillingStore
    processor: CardProcessor
    methods: PaymentMethodService
    charges: ChargeService
    disputes: DisputeService
    refunds: RefundService
    clock: Clock

    def apply(self, event: StripeEvent) -> None:
        """Follow one webhook; a type that nothing hangs on is counted."""
        try:
            if event.type == "checkout.session.completed":
                self._complete_session(event)
            elif event.type.startswith("payment_method."):
                self._follow_card(event)
            elif event.type.startswith(INTENTS):
                self._follow_charge(event.text("id"), event.event_id)
            elif event.type.startswith(DISPUTES):
                self._follow_dispute(event)
            elif event.type in REFUNDS:
                self._follow_refund(event)
            elif event.type == "customer.deleted":
                self._forget_customer(event)
            else:
                count("StripeEventsIgnored", dimensions={"type": event.type[:100]})
        except AlreadyHandled:
            return

    def _complete_session(self, event: StripeEvent) -> None:
        owner, session_id = event.text("metadata", "profile_id"), event.text("id")
        if event.text("mode") != "setup" or owner is None or session_id is None:
            return
        try:
            self.methods.complete(owner, session_id)
        except NotFound:
            count("StripeEventsForeign")

    def _follow_card(self, event: StripeEvent) -> None:
        reference = event.text("id")
        owner = self.store.owner_of_customer(event.customer) if event.customer else None
        if owner is None and reference is not None:
            owner = event.text("metadata", "profile_id")
        if reference is None or event.type == "payment_method.attached":
            return
        try:
            card = None if event.type == "payment_method.detached" else self.processor.card(reference)
        except Refused:
            count("StripeEventsForeign")
            return
        self.methods.follow_card(reference, card, owner, event.event_id)

    def _follow_charge(self, reference: str | None, event_id: str | None = None) -> CardCharge | None:
        """Follow a charge of ours by its state at Stripe now."""
        if reference is None:
            return None
        try:
            charge = self.processor.charge_of(reference)
        except Refused:
            count("StripeEventsForeign")
            return None
        place = self.store.invoice_of(charge.invoice_id) if charge.invoice_id else None
        if place is None or charge.number is None:
            count("StripeEventsForeign")
            return None
        self.charges.follow(*place, charge.number, known_of(charge), event_id)
        return charge

    def _follow_dispute(self, event: StripeEvent) -> None:
        """Follow a dispute of a charge of ours."""
        charge, dispute_id = self._follow_charge(event.text("payment_intent")), event.text("id")
        place = self._place_of(charge)
        if place is not None and dispute_id is not None:
            self.disputes.follow(dispute_id, place, event.event_id)

    def _follow_refund(self, event: StripeEvent) -> None:
        """Follow what was refunded of a charge of ours."""
        charge = self._follow_charge(event.text("payment_intent"))
        place = self._place_of(charge)
        if charge is not None and place is not None:
            self.refunds.follow(charge.reference, place, event.event_id)

    def _forget_customer(self, event: StripeEvent) -> None:
        """Forget a customer that Stripe forgot."""
        customer_id = event.text("id")
        owner = self.store.owner_of_customer(customer_id) if customer_id is not None else None
        if owner is not None and customer_id is not None:
            self.methods.forget_customer(owner, customer_id, event.event_id)

    def _place_of(self, charge: CardCharge | None) -> AttemptPlace | None:
        """Return whose attempt a charge is."""
        place = self.store.invoice_of(charge.invoice_id) if charge is not None and charge.invoice_id else None
        if charge is None or place is None or charge.number is None:
            return None
        return AttemptPlace(*place, charge.number)
