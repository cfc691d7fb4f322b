"""Hand-written partners of charges: Stripe with keys that it forgets and a search that lags, and the cash broker."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TypeVar

from tests.support.funding import FakeBroker, Fault, MovableClock
from trading.billing.disputes.models import DisputeReport, DisputeState
from trading.billing.models import StripeEvent
from trading.billing.ports import Card, CardCharge, ChargeOrder, IntentStatus, RefundReport, SetupSession
from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder
from trading.platform.errors import OutcomeUnknown, Refused

KEYS_KEPT = timedelta(hours=24)
SEARCH_LAG = timedelta(minutes=1)
T = TypeVar("T")
_NUMBERS = count(1)
"""No two fakes of a process share an id."""


class CardKind(StrEnum):
    """What a card does when it is charged."""

    OK = "ok"
    DECLINE = "decline"
    AUTHENTICATE = "authenticate"
    PROCESS = "process"


_FIRST = {
    CardKind.OK: IntentStatus.SUCCEEDED,
    CardKind.DECLINE: IntentStatus.DECLINED,
    CardKind.AUTHENTICATE: IntentStatus.REQUIRES_ACTION,
    CardKind.PROCESS: IntentStatus.PROCESSING,
}
_EVENT_NAMES = {
    IntentStatus.SUCCEEDED: "succeeded",
    IntentStatus.PROCESSING: "processing",
    IntentStatus.REQUIRES_ACTION: "requires_action",
    IntentStatus.DECLINED: "payment_failed",
    IntentStatus.CANCELED: "canceled",
}
CANCELABLE = frozenset({IntentStatus.REQUIRES_ACTION, IntentStatus.DECLINED})


@dataclass
class Remembered:
    """What a key got: the charge as it was answered then, or None for a failure of Stripe's own."""

    at: datetime
    order: ChargeOrder
    answer: CardCharge | None


@dataclass
class FakeProcessor:
    """Stripe's charges. `before` and `after` run on the two sides of a call's effect, `visit` on each.

    What is in `breaks` fails inside Stripe: the failure is kept under the key; `acts_and_breaks` says
    that the card was charged nevertheless. A search shows charges as they were a minute ago.
    """

    clock: MovableClock
    cards: dict[str, CardKind] = field(default_factory=dict)
    charges: dict[str, list[tuple[datetime, CardCharge]]] = field(default_factory=dict)
    made_from: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Remembered] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    visit: Fault = field(default=lambda: None)
    breaks: int = 0
    acts_and_breaks: bool = False
    events: list[StripeEvent] = field(default_factory=list)
    customers: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, SetupSession] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    refunds: dict[str, dict[str, RefundReport]] = field(default_factory=dict)
    disputes: dict[str, DisputeReport] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def charge(self, order: ChargeOrder, *, key: str) -> CardCharge:
        """Charge a card, once a key while that is remembered."""
        return self._act("charge", lambda: self._charge(order, key))

    def charge_of(self, reference: str) -> CardCharge:
        """Return a charge as it is."""

        def find() -> CardCharge:
            if reference not in self.charges:
                raise Refused("No such charge.", code="not_found")
            return self.charges[reference][-1][1]

        return self._act("charge_of", find)

    def find_charges(self, invoice_id: str) -> tuple[CardCharge, ...]:
        """Return charges as the search knew them a minute ago, newest first."""
        then = self.clock.now() - SEARCH_LAG

        def find() -> Iterator[CardCharge]:
            for states in reversed(self.charges.values()):
                known = [charge for at, charge in states if at <= then]
                if known and known[-1].invoice_id == invoice_id:
                    yield known[-1]

        return self._act("find_charges", lambda: tuple(find()))

    def refunds_of(self, reference: str) -> tuple[RefundReport, ...]:
        """Return the refunds of a charge."""
        return self._act("refunds_of", lambda: tuple(self.refunds.get(reference, {}).values()))

    def dispute(self, dispute_id: str) -> DisputeReport:
        """Return a dispute as it is."""
        return self._act("dispute", lambda: self.disputes[dispute_id])

    def has_customer(self, customer_id: str) -> bool:
        """Say whether a customer is still there."""
        return self._act("has_customer", lambda: customer_id not in self.gone)

    def refund(self, charge: CardCharge, cents: int, *, name: str = "re_1", is_live: bool = True) -> StripeEvent:
        """Have Stripe give something back, or fail to; return the event."""
        self.refunds.setdefault(charge.reference, {})[name] = RefundReport(name, cents, is_live=is_live)
        kind = "charge.refunded" if is_live else "refund.failed"
        return self.emit(kind, {"id": name, "payment_intent": charge.reference})

    def contest(
        self, charge: CardCharge, what: str, state: DisputeState | None, withdrawn_cents: int = 0, name: str = ""
    ) -> StripeEvent:
        """Have a dispute stand as said; return the event."""
        dispute_id = name or f"du_{charge.reference}"
        due = self.clock.now() + timedelta(days=7)
        self.disputes[dispute_id] = DisputeReport(
            dispute_id,
            charge.reference,
            state,
            "odd" if state is None else state.value,
            charge.cents,
            withdrawn_cents,
            "fraudulent",
            due,
        )
        return self.emit(f"charge.dispute.{what}", {"id": dispute_id, "payment_intent": charge.reference})

    def cancel(self, reference: str) -> CardCharge:
        """Cancel a charge that is not done; return what it is then."""

        def cancel() -> CardCharge:
            now = self.charges[reference][-1][1]
            return self.move(reference, IntentStatus.CANCELED) if now.status in CANCELABLE else now

        return self._act("cancel", cancel)

    def setup_session(self, session_id: str) -> SetupSession:
        """Return a session."""
        return self._act("setup_session", lambda: self.sessions[session_id])

    def create_setup_session(self, customer_id: str, owner: str, success_url: str, cancel_url: str) -> SetupSession:
        """Make a session that is complete, with a card that does not exist before."""
        if customer_id in self.gone:
            raise Refused("No such customer.", code="resource_missing")
        session_id = f"cs_{next(_NUMBERS)}"
        card = Card(self.new_card(CardKind.OK), customer_id, "visa 4242")
        self.sessions[session_id] = SetupSession(session_id, success_url or cancel_url, owner, card, is_complete=True)
        return self.sessions[session_id]

    def create_customer(self, owner: str, *, key: str) -> str:
        """Make a customer."""
        self.before.get("create_customer", lambda: None)()
        self.customers[owner] = f"cus_{owner}_{key}"
        return self.customers[owner]

    def find_customer(self, owner: str) -> str | None:
        """Find nobody."""
        return self.customers.get(owner)

    def card(self, reference: str) -> Card:
        """Return a card."""
        return self._act("card", lambda: Card(reference, None, "visa 4242"))

    def detach(self, reference: str) -> None:
        """Forget a card."""
        self.cards.pop(reference, None)

    def new_card(self, kind: CardKind) -> str:
        """Return the id of a new card."""
        reference = f"pm_{next(_NUMBERS)}"
        self.cards[reference] = kind
        return reference

    def move(self, reference: str, status: IntentStatus | None, reason: str | None = None) -> CardCharge:
        """Have a charge change its status, and emit its event."""
        with self.lock:
            known = self.charges[reference]
            moved = replace(known[-1][1], status=status, raw_status=status.value if status else "odd", reason=reason)
            known.append((self.clock.now(), moved))
            self.emit(f"payment_intent.{_EVENT_NAMES[status] if status else 'updated'}", {"id": reference})
        return moved

    def emit(self, kind: str, about: dict[str, object]) -> StripeEvent:
        """Emit something; return the event."""
        event = StripeEvent(f"evt_{next(_NUMBERS)}", kind, about)
        self.events.append(event)
        return event

    def of(self, invoice_id: str) -> list[CardCharge]:
        """Return an invoice's charges as they are, oldest first."""
        now = [states[-1][1] for states in self.charges.values()]
        return [charge for charge in now if charge.invoice_id == invoice_id]

    def _charge(self, order: ChargeOrder, key: str) -> CardCharge:
        for known_key in [key for key, kept in self.keys.items() if self.clock.now() - kept.at >= KEYS_KEPT]:
            del self.keys[known_key]
        known = self.keys.get(key)
        if known is None:
            known = self.keys[key] = Remembered(self.clock.now(), order, self._outcome(order))
        if known.order != order:
            raise OutcomeUnknown("The key came with another request before.")
        if known.answer is None:
            raise OutcomeUnknown("Stripe failed.")
        return known.answer

    def _outcome(self, order: ChargeOrder) -> CardCharge | None:
        broken = self.breaks > 0
        self.breaks -= broken
        if broken and not self.acts_and_breaks:
            return None
        if order.customer_id in self.gone:
            raise Refused("No such customer.", code="resource_missing")
        if order.card not in self.cards:
            raise Refused("The card is gone.", code="payment_method_unexpected_state")
        made = self._made(order)
        return None if broken else made

    def _made(self, order: ChargeOrder) -> CardCharge:
        kind, reference = self.cards[order.card], f"pi_{next(_NUMBERS)}"
        status = _FIRST[kind]
        reason = {CardKind.DECLINE: "generic_decline", CardKind.AUTHENTICATE: "authentication_required"}.get(kind)
        made = CardCharge(
            reference, status, status.value, order.cents, reason, f"{reference}_secret", order.invoice_id, order.number
        )
        self.charges[reference] = [(self.clock.now(), made)]
        self.made_from[reference] = order.card
        self.emit("payment_intent.created", {"id": reference})
        self.emit(f"payment_intent.{_EVENT_NAMES[status]}", {"id": reference})
        return made

    def _act(self, name: str, act: Callable[[], T]) -> T:
        self.calls[name] += 1
        self.visit()
        self.before.get(name, lambda: None)()
        with self.lock:
            result = act()
        self.after.get(name, lambda: None)()
        self.visit()
        return result


@dataclass
class FakeFeeBroker(FakeBroker):
    """The broker, with redemptions that take fees."""

    def take_fee(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Take a fee, once a key."""
        return self._act("take_fee", lambda: self._pay(Direction.WITHDRAWAL, order, key))
