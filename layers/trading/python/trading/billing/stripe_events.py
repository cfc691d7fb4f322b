"""Stripe's webhooks, applied: what they tell is read at Stripe itself, since they come late and in any order.

Nothing is ever refunded here. A refund or dispute that happened at Stripe is recorded.
"""

from dataclasses import dataclass

from trading.billing.charging.collecting import known_of
from trading.billing.charging.service import ChargeService
from trading.billing.disputes.service import DisputeService
from trading.billing.methods.service import MethodService
from trading.billing.models import StripeEvent
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
    methods: MethodService
    charges: ChargeService
    disputes: DisputeService
    refunds: RefundService
    clock: Clock

    def apply(self, event: StripeEvent) -> None:
        """Follow one webhook; a type that nothing hangs on is counted."""
        try:
            if event.type == "checkout.session.completed":
                self._session(event)
            elif event.type.startswith("payment_method."):
                self._method(event)
            elif event.type.startswith(INTENTS):
                self._charge(event.text("id"), event.event_id)
            elif event.type.startswith(DISPUTES):
                self._disputed(event)
            elif event.type in REFUNDS:
                self._refunded(event)
            elif event.type == "customer.deleted":
                self._customer_gone(event)
            else:
                count("StripeEventsIgnored", dimensions={"type": event.type[:100]})
        except AlreadyHandled:
            return

    def _session(self, event: StripeEvent) -> None:
        owner, session_id = event.text("metadata", "profile_id"), event.text("id")
        if event.text("mode") != "setup" or owner is None or session_id is None:
            return
        try:
            self.methods.complete(owner, session_id)
        except NotFound:
            count("StripeEventsForeign")

    def _method(self, event: StripeEvent) -> None:
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
        self.methods.changed_at_stripe(reference, card, owner, event.event_id)

    def _charge(self, reference: str | None, event_id: str | None = None) -> CardCharge | None:
        """Follow a charge of ours as it stands at Stripe now."""
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

    def _disputed(self, event: StripeEvent) -> None:
        """Follow a dispute of a charge of ours."""
        charge, dispute_id = self._charge(event.text("payment_intent")), event.text("id")
        place = self._place_of(charge)
        if place is not None and dispute_id is not None:
            self.disputes.follow(dispute_id, place, event.event_id)

    def _refunded(self, event: StripeEvent) -> None:
        """Follow what was refunded of a charge of ours."""
        charge = self._charge(event.text("payment_intent"))
        place = self._place_of(charge)
        if charge is not None and place is not None:
            self.refunds.follow(charge.reference, place, event.event_id)

    def _customer_gone(self, event: StripeEvent) -> None:
        """Forget a customer that Stripe forgot."""
        customer_id = event.text("id")
        owner = self.store.owner_of_customer(customer_id) if customer_id is not None else None
        if owner is not None and customer_id is not None:
            self.methods.customer_gone(owner, customer_id, event.event_id)

    def _place_of(self, charge: CardCharge | None) -> tuple[str, str, int] | None:
        """Return whose attempt a charge is: owner, month and number."""
        place = self.store.invoice_of(charge.invoice_id) if charge is not None and charge.invoice_id else None
        if charge is None or place is None or charge.number is None:
            return None
        return (*place, charge.number)
