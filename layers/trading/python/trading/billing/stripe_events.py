"""Stripe's webhooks, applied: what they tell is read at Stripe itself, since they come late and in any order.

Nothing is ever refunded here. A refund or dispute that happened at Stripe is recorded.
"""

from dataclasses import dataclass, replace

from trading.billing import events
from trading.billing.charging.collecting import known_of
from trading.billing.charging.service import ChargeService
from trading.billing.methods.service import MethodService
from trading.billing.models import StripeEvent
from trading.billing.ports import BillingChange, BillingStore, CardCharge, CardProcessor
from trading.funding.errors import AlreadyHandled
from trading.ledger.models import Account
from trading.platform.clock import Clock
from trading.platform.errors import NotFound, Refused
from trading.platform.observability import count
from trading.platform.retry import retried_when_stale

INTENTS = "payment_intent."


@dataclass(frozen=True)
class StripeEvents:
    """Applies webhooks, each once however often it comes."""

    store: BillingStore
    processor: CardProcessor
    methods: MethodService
    charges: ChargeService
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
            elif event.type == "charge.dispute.created":
                self._disputed(event)
            elif event.type == "charge.refunded":
                self._refunded(event)
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

    @retried_when_stale
    def _disputed(self, event: StripeEvent) -> None:
        """Record that a charge is disputed, and charge its card no more."""
        charge = self._charge(event.text("payment_intent"))
        place = self.store.invoice_of(charge.invoice_id) if charge and charge.invoice_id else None
        if charge is None or place is None or charge.number is None:
            return
        book, now = self.store.book(*place), self.clock.now()
        attempt = book.invoice.attempt(charge.number) if book.invoice else None
        if book.invoice is None or book.billing is None or attempt is None or attempt.is_disputed:
            return
        invoice = book.invoice.with_attempt(replace(attempt, is_disputed=True), now)
        methods = tuple(
            replace(each, disputed_at=each.disputed_at or now) if each.method_id == attempt.method_id else each
            for each in book.billing.methods
        )
        billing = replace(book.billing, methods=methods, updated_at=now)
        told = (events.disputed(invoice, attempt),)
        self.store.commit(BillingChange(billing=billing, invoice=invoice, events=told, event_id=event.event_id))

    @retried_when_stale
    def _refunded(self, event: StripeEvent) -> None:
        """Record what was refunded of a charge."""
        cents, charge = event.object.get("amount_refunded"), self._charge(event.text("payment_intent"))
        place = self.store.invoice_of(charge.invoice_id) if charge and charge.invoice_id else None
        if charge is None or place is None or charge.number is None or not isinstance(cents, int):
            return
        book, now = self.store.book(*place), self.clock.now()
        attempt = book.invoice.attempt(charge.number) if book.invoice else None
        if book.invoice is None or book.billing is None or attempt is None or cents <= attempt.refunded_cents:
            return
        more = cents - attempt.refunded_cents
        invoice = book.invoice.with_attempt(replace(attempt, refunded_cents=cents), now)
        lines = {Account.REFUNDS: more, Account.CARD_CLEARING: -more}
        posting = book.billing.posted(lines, reference=f"{event.event_id}", at=now)
        entries = (posting.entry,) if posting.entry else ()
        self.store.commit(
            BillingChange(billing=posting.account, invoice=invoice, entries=entries, event_id=event.event_id)
        )
