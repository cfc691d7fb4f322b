"""Payment methods: given on Stripe's own page, listed, chosen, removed.

Both ways lead to the same method: Stripe's webhook, and the app that comes back with the session's id.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from trading.billing import outbox
from trading.billing.models import BillingAccount, BillingRules, BillingState
from trading.billing.payment_methods.listing import with_cash
from trading.billing.payment_methods.models import (
    PaymentMethod,
    PaymentMethodKind,
    activated,
    card_id_of,
)
from trading.billing.ports import BillingChange, BillingStore, Card, CardProcessor, SetupSession
from trading.brokerage.models import AccountStatus
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound, Refused
from trading.platform.ids import derived_id
from trading.platform.retry import retry_on_stale

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
HTTPS_PORT = 443
PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without blanks and backslashes: what libraries and browsers read alike."""

Withdraw = Callable[[str, str], BillingState]


@dataclass(frozen=True)
class PaymentMethodService:
    """Keeps payment methods. `withdraw` cancels what waits at Stripe for the invoice of a month."""

    store: BillingStore
    processor: CardProcessor
    rules: BillingRules
    clock: Clock
    withdraw: Withdraw

    def begin(self, owner: str, success_url: str, cancel_url: str) -> SetupSession:
        """Make a session in which a person gives a card.

        Raises:
            InvalidRequest: if an address does not lead to where apps may return to.
            Unavailable, OutcomeUnknown: if Stripe cannot be asked; the person tries again.
        """
        urls = {"success_url": success_url, "cancel_url": cancel_url}
        wrong = [name for name, url in urls.items() if not self._may_return_to(url)]
        if wrong:
            problems = tuple(FieldProblem(name, "must lead to an allowed host") for name in wrong)
            raise InvalidRequest(problems=problems)
        customer_id = self._ensure_customer(owner)
        try:
            return self.processor.create_setup_session(customer_id, owner, success_url, cancel_url)
        except Refused:
            if self.processor.has_customer(customer_id):
                raise
            self.forget_customer(owner, customer_id)
        return self.processor.create_setup_session(self._ensure_customer(owner), owner, success_url, cancel_url)

    def complete(self, owner: str, session_id: str) -> PaymentMethod:
        """Add the card of a session that a person went through; the same session leads to the same method.

        Raises:
            NotFound: if the session is not the person's, or its card was removed since.
            Conflict: `setup_not_complete`.
        """
        try:
            session = self.processor.setup_session(session_id)
        except Refused:
            raise NotFound("There is no such session.") from None
        if session.profile_id != owner:
            raise NotFound("There is no such session.")
        if not session.is_complete or session.card is None:
            raise Conflict("The session is not complete.", code="setup_not_complete")
        return self.add(owner, session.card)

    @retry_on_stale
    def add(self, owner: str, card: Card, event_id: str | None = None) -> PaymentMethod:
        """Add a card, once; the first one becomes active, or the next after Stripe forgot those before.

        Raises:
            NotFound: if it is gone.
        """
        state, now = self.store.load(owner), self.clock.now()
        billing = state.billing or BillingAccount(owner, now, now)
        method_id = card_id_of(owner, card.reference)
        known = next((method for method in billing.methods if method.method_id == method_id), None)
        if (known is None and card.customer_id is None) or (known is not None and not known.is_there):
            raise NotFound("There is no such card any more.")
        if known is not None:
            return known
        is_first = not any(method.set_active_at and not method.is_lost for method in billing.methods)
        method = PaymentMethod(
            method_id, PaymentMethodKind.CARD, card.name, card.reference, now, expires_on=card.expires_on
        )
        method = replace(method, set_active_at=now if is_first else None)
        after = replace(billing.with_method(method), updated_at=now)
        events = outbox.method_activated(after, method) if is_first else ()
        self.store.commit(BillingChange(billing=after, events=events, event_id=event_id))
        return method

    @retry_on_stale
    def activate(self, owner: str, method_id: str) -> PaymentMethod:
        """Have a method charged from now on, at once for invoices that are due.

        Raises:
            NotFound: if the person has no such method.
            Conflict: `payment_method_unusable` if it cannot be charged.
        """
        state, now = self.store.load(owner), self.clock.now()
        billing = with_cash(state, owner, now)
        method = billing.method(method_id)
        if method is None:
            raise NotFound("There is no such payment method.")
        if not method.is_chargeable or not _is_open(state, method):
            raise Conflict("This payment method cannot be charged.", code="payment_method_unusable")
        after = replace(billing, methods=activated(billing.methods, method_id, now), updated_at=now)
        chosen = replace(method, set_active_at=now)
        self.store.commit(BillingChange(billing=after, events=outbox.method_activated(after, chosen)))
        return chosen

    @retry_on_stale
    def remove(self, owner: str, method_id: str) -> None:
        """Remove a card; it stays in the records of what it paid.

        What waits for the person on it is cancelled first. It is written before Stripe is asked, so that no
        charge begins in between; whoever asks again has Stripe asked again.

        Raises:
            NotFound: if the person has no such card.
            Conflict: `charge_in_progress`, `not_removable` for brokerage cash.
            Unavailable: if Stripe cannot be asked.
        """
        billing, now = self.store.load(owner).billing, self.clock.now()
        methods = billing.methods if billing else ()
        method = next((method for method in methods if method.method_id == method_id), None)
        if billing is None or method is None:
            raise NotFound("There is no such payment method.")
        if method.kind is PaymentMethodKind.CASH:
            raise Conflict("Brokerage cash stays with the account.", code="not_removable")
        billing = self._free(billing, method_id)
        if method.is_there:
            after = billing.with_method(replace(method, removed_at=now))
            self.store.commit(BillingChange(billing=replace(after, updated_at=now)))
        self.processor.detach(method.reference)

    @retry_on_stale
    def follow_card(self, reference: str, card: Card | None, owner: str | None, event_id: str | None = None) -> None:
        """Follow what happened to a card at Stripe: another name or last day, or (without `card`) gone.

        Who has no card to charge any more is asked for one.
        """
        billing = self.store.load(owner).billing if owner is not None else None
        known = next((method for method in billing.methods if method.reference == reference), None) if billing else None
        if billing is None or known is None:
            return
        now = self.clock.now()
        gone = replace(known, gone_at=known.gone_at or now)
        after = gone if card is None else replace(known, name=card.name, expires_on=card.expires_on)
        is_last = card is None and billing.active_method == known
        events = (outbox.card_needed(billing.owner, known.method_id),) if is_last else ()
        changed = replace(billing.with_method(after), updated_at=now)
        self.store.commit(BillingChange(billing=changed, events=events, event_id=event_id))

    @retry_on_stale
    def forget_customer(self, owner: str, customer_id: str, event_id: str | None = None) -> None:
        """Forget a customer that Stripe forgot, with its cards: another is made, and the person asked for a card.

        Who was asked already when the card went before its customer is not asked again.
        """
        billing, now = self.store.load(owner).billing, self.clock.now()
        if billing is None or billing.customer_id != customer_id:
            return
        methods = tuple(
            replace(method, gone_at=method.gone_at or now) if method.kind is PaymentMethodKind.CARD else method
            for method in billing.methods
        )
        after = replace(
            billing,
            customer_id=None,
            customer_asked_at=None,
            gone_customers=(*billing.gone_customers, customer_id),
            methods=methods,
            updated_at=now,
        )
        charged = billing.active_method
        events = (outbox.card_needed(owner, customer_id),) if charged and charged.kind is PaymentMethodKind.CARD else ()
        self.store.commit(BillingChange(billing=after, events=events, event_id=event_id))

    def follow_missing(self, owner: str, customer_id: str, reference: str) -> None:
        """Follow that Stripe does not find what was to be charged: the customer is gone, or their card."""
        if self.processor.has_customer(customer_id):
            self.follow_card(reference, None, owner)
        else:
            self.forget_customer(owner, customer_id)

    @retry_on_stale
    def _ensure_customer(self, owner: str) -> str:
        """Return a person's customer at Stripe, made once: whoever asks at the same time asks under the same key."""
        state, now = self.store.load(owner), self.clock.now()
        billing = state.billing or BillingAccount(owner, now, now)
        if billing.customer_id is not None:
            return billing.customer_id
        if billing.customer_asked_at is None:
            asked = replace(billing, customer_asked_at=now, updated_at=now)
            billing = self.store.commit(BillingChange(billing=asked)).billing or asked
            found = None
        else:
            found = self.processor.find_customer(owner)
        if found in billing.gone_customers:  # the search is behind
            found = None
        key = derived_id("stripe-customer", owner, *billing.gone_customers)
        made = found or self.processor.create_customer(owner, key=key)
        self.store.commit(BillingChange(billing=replace(billing, customer_id=made, updated_at=now)))
        return made

    def _free(self, billing: BillingAccount, method_id: str) -> BillingAccount:
        """Return the account once nothing charges a method. Raises Conflict where that cannot be had."""
        for period in [period for period, charged in billing.charging.items() if charged == method_id]:
            billing = self.withdraw(billing.owner, period).billing or billing
        if method_id in billing.charging.values():
            raise Conflict("It is being charged at present.", code="charge_in_progress")
        return billing

    def _may_return_to(self, url: str) -> bool:
        """Say whether an address is plain, and leads to an allowed host: by https on its own port, or to loopback."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        if not PLAIN.fullmatch(url) or "@" in parts.netloc or host not in self.rules.redirect_hosts:
            return False
        return host in LOOPBACK if parts.scheme == "http" else _is_https(parts.scheme, port, host)


def _is_https(scheme: str, port: int | None, host: str) -> bool:
    return scheme == "https" and (port in {None, HTTPS_PORT} or host in LOOPBACK)


def _is_open(state: BillingState, method: PaymentMethod) -> bool:
    if method.kind is PaymentMethodKind.CARD:
        return True
    return state.account is not None and state.account.status is AccountStatus.OPEN
