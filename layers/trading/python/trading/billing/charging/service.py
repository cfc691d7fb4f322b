"""Charging: one attempt at a time, written before the partner is asked, and found out about whatever happens.

    read ── choose method ── write (attempt, pending) ── ask partner ── write (outcome)

An attempt is sent under one key. Stripe remembers keys for 24 hours: within 23 the same request is made
again and answers what became of it; after that the charge is only searched for, by the invoice's id in
its metadata, and one that is not found never was. Brokerage cash is taken by a redemption that carries
the attempt's id, under the rules of withdrawals.
"""

from dataclasses import dataclass, replace

from trading.billing.charging.collecting import CardRail, CashRail
from trading.billing.charging.ladder import is_step_due
from trading.billing.charging.outcomes import Known, looked, outcome, reserved, settle, with_failed_step, written
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, Rail
from trading.billing.methods.models import MethodKind, PaymentMethod
from trading.billing.models import BillingAccount
from trading.billing.ports import BillingBook, BillingChange, BillingStore
from trading.brokerage.schedule import LOOKED_AFTER
from trading.funding.errors import AlreadyHandled
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, StaleRecord, Unavailable
from trading.platform.receipts import Receipt, Receipts, RequestKey

ATTEMPTS = 6
NO_METHOD, TOO_LITTLE_CASH, NEVER_ARRIVED = "no_payment_method", "insufficient_funds", "never_arrived"


@dataclass(frozen=True)
class Why:
    """Why an invoice is charged now: the ladder (`is_step`), or a person who pays, or another method."""

    is_step: bool = False
    by_person: bool = False
    receipt: Receipt | None = None


@dataclass(frozen=True)
class ChargeService:
    """Collects what is owed."""

    store: BillingStore
    cards: CardRail
    cash: CashRail
    receipts: Receipts
    clock: Clock

    def step(self, owner: str, period: str) -> Invoice | None:
        """Take an invoice's next step on the ladder, if it is due."""
        book = self.store.book(owner, period)
        if book.invoice is None or not is_step_due(book.invoice, self.clock.now()):
            return book.invoice
        return self._go_on(owner, period, Why(is_step=True))

    def on_new_method(self, owner: str, period: str) -> Invoice | None:
        """Charge an invoice that is due because another method became active."""
        book = self.store.book(owner, period)
        if book.invoice is None or book.invoice.due_on > trading_date(self.clock.now()):
            return book.invoice
        return self._go_on(owner, period, Why())

    def pay(self, owner: str, invoice_id: str, key: RequestKey) -> tuple[Invoice, str | None, bool]:
        """Charge an invoice because the person wants to pay, once per key.

        Return it, the secret of a charge that waits for them, and whether the request came before.

        Raises:
            NotFound: if the person has no such invoice.
            Conflict: `not_payable`, `no_payment_method`.
            KeyReused: if the key came with another request before.
        """
        place = self.store.invoice_of(invoice_id)
        if place is None or place[0] != owner:
            raise NotFound("There is no such invoice.")
        known = self.receipts.find(key.receipt_id)
        if known is not None and key.matches(known):
            return (*self._shown(owner, place[1]), True)
        book = self.store.book(owner, place[1])
        if book.invoice is None or book.billing is None:
            raise NotFound("There is no such invoice.")
        if not book.invoice.status.is_owed:
            raise Conflict("The invoice is not owed.", code="not_payable")
        if book.invoice.open_attempt is None and book.billing.active_method is None:
            raise Conflict("There is no active payment method.", code=NO_METHOD)
        self._go_on(owner, place[1], Why(by_person=True, receipt=key.receipt(invoice_id)))
        return (*self._shown(owner, place[1]), False)

    def resume(self, owner: str, period: str) -> Invoice | None:
        """Find out what became of an attempt whose outcome is not known."""
        book = self.store.book(owner, period)
        invoice = book.invoice
        if invoice is None or invoice.look_at is None or invoice.look_at > self.clock.now():
            return invoice
        return self._look(book).invoice

    def follow(self, owner: str, period: str, number: int, known: Known, event_id: str | None = None) -> Invoice | None:
        """Follow a partner's word about an attempt."""
        return self._settle(self.store.book(owner, period), number, known, event_id).invoice

    def _go_on(self, owner: str, period: str, why: Why) -> Invoice | None:
        for _ in range(ATTEMPTS):
            book = self.store.book(owner, period)
            if book.invoice is None or not book.invoice.status.is_owed:
                return book.invoice
            book = self._without_open(book, why)
            invoice = book.invoice
            if invoice is None or invoice.open_attempt is not None or not invoice.status.is_owed:
                return invoice
            try:
                return self._begin(book, why)
            except StaleRecord:
                continue
            except AlreadyHandled:
                return invoice
        raise StaleRecord("The invoice is busy; please try again.")

    def _without_open(self, book: BillingBook, why: Why) -> BillingBook:
        """Return the book once the attempt before is settled, as far as that can be had."""
        invoice, billing = book.invoice, book.billing
        attempt = invoice.open_attempt if invoice else None
        if invoice is None or billing is None or attempt is None:
            return book
        book = self._look(book)
        attempt = book.invoice.open_attempt if book.invoice else None
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION:
            return book
        active = billing.active_method
        if active is not None and active.method_id != attempt.method_id and attempt.reference is not None:
            return self._settle(book, attempt.number, self.cards.cancelled(attempt.reference))
        if why.is_step and book.invoice is not None:
            # The person was told once; the same charge waits for them.
            change = with_failed_step(book, book.invoice, BillingChange(), self.clock.now())
            return self._written(book, change)
        return book

    def _begin(self, book: BillingBook, why: Why) -> Invoice | None:
        invoice, billing, now = book.invoice, book.billing, self.clock.now()
        if invoice is None or billing is None:
            return invoice
        method = billing.active_method
        number = len(invoice.attempts) + 1
        if method is None:
            return self._nothing_to_charge(
                book, Attempt(number, "", Rail.CARD, invoice.cents, now, is_step=why.is_step)
            )
        rail = Rail.CASH if method.kind is MethodKind.CASH else Rail.CARD
        attempt = Attempt(number, method.method_id, rail, invoice.cents, now, is_step=why.is_step)
        if rail is Rail.CASH and (book.account is None or book.account.cash_cents < invoice.cents):
            # No cash is held for it, so none must be given back.
            return self._nothing_to_charge(book, replace(attempt, rail=Rail.CARD), TOO_LITTLE_CASH)
        return self._send(self._intended(book, attempt, why), attempt.number).invoice

    def _intended(self, book: BillingBook, attempt: Attempt, why: Why) -> BillingBook:
        """Write an attempt before it is sent: its key, its method, and the cash that is held for it."""
        (invoice, billing), now = _present(book), self.clock.now()
        waiting = replace(invoice.with_attempt(attempt, now), look_at=now + LOOKED_AFTER[0])
        charging = replace(billing, charging={**billing.charging, invoice.period: attempt.method_id})
        change = BillingChange(billing=charging, invoice=waiting, receipt=why.receipt)
        if attempt.rail is Rail.CASH and book.account is not None:
            payment_id = invoice.payment_id(attempt.number)
            account, entry = reserved(book.account, attempt, payment_id, now)
            place = f"{invoice.period}#{attempt.number}"
            change = replace(
                change,
                account=account,
                entries=(entry,) if entry else (),
                references=(("fee-payment", payment_id, place),),
            )
        return self._written(book, change)

    def _send(self, book: BillingBook, number: int) -> BillingBook:
        invoice, billing = _present(book)
        attempt = invoice.attempt(number)
        method = next((each for each in billing.methods if attempt and each.method_id == attempt.method_id), None)
        if attempt is None:
            return book
        try:
            known = self._asked(book, invoice, attempt, method)
        except (Unavailable, OutcomeUnknown):
            return book  # the resolver finds out
        except Refused as refusal:
            known = Known(AttemptStatus.FAILED, reason=refusal.code)
        return self._settle(book, number, known)

    def _asked(self, book: BillingBook, invoice: Invoice, attempt: Attempt, method: PaymentMethod | None) -> Known:
        if attempt.rail is Rail.CASH:
            return self.cash.take(book.account, invoice, attempt)
        customer = book.billing.customer_id if book.billing else None
        if method is None or customer is None:
            return Known(AttemptStatus.FAILED, reason=NO_METHOD)
        return self.cards.charge(customer, method, invoice, attempt)

    def _look(self, book: BillingBook) -> BillingBook:
        """Look up what became of the open attempt; send it again while its key lives."""
        (invoice, _), now = _present(book), self.clock.now()
        attempt = invoice.open_attempt
        if attempt is None:
            return book
        rail = self.cash if attempt.rail is Rail.CASH else self.cards
        try:
            known = rail.found(book.account, invoice, attempt)
        except (Unavailable, OutcomeUnknown, Refused):
            return self._written(book, looked(invoice, attempt, now))
        if known is not None:
            return self._settle(book, attempt.number, known)
        if now - attempt.started_at < rail.key_lives:
            return self._send(book, attempt.number)
        return self._settle(book, attempt.number, Known(AttemptStatus.FAILED, reason=NEVER_ARRIVED))

    def _settle(self, book: BillingBook, number: int, known: Known, event_id: str | None = None) -> BillingBook:
        return settle(self.store, book, number, known, (self.clock, event_id))

    def _nothing_to_charge(self, book: BillingBook, attempt: Attempt, reason: str = NO_METHOD) -> Invoice | None:
        """Write a failed step without a charge; in between steps nothing is written."""
        (invoice, _), now = _present(book), self.clock.now()
        if not attempt.is_step:
            return invoice
        tried = replace(invoice.with_attempt(attempt, now), look_at=None)
        known = Known(AttemptStatus.FAILED, reason=reason)
        change = outcome(replace(book, invoice=tried), attempt.number, known, now)
        if change is None:
            return invoice
        return self._written(book, change).invoice

    def _shown(self, owner: str, period: str) -> tuple[Invoice, str | None]:
        """Return an invoice, and the secret by which the person finishes a charge that waits for them."""
        invoice, _ = _present(self.store.book(owner, period))
        attempt = invoice.open_attempt
        if attempt is None or attempt.status is not AttemptStatus.REQUIRES_AUTHENTICATION or not attempt.reference:
            return invoice, None
        return invoice, self.cards.secret(attempt.reference)

    def _written(self, book: BillingBook, change: BillingChange) -> BillingBook:
        return written(self.store, book, change)


def _present(book: BillingBook) -> tuple[Invoice, BillingAccount]:
    if book.invoice is None or book.billing is None:
        raise NotFound("There is no such invoice.")
    return book.invoice, book.billing
