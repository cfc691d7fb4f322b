"""A hand-written Stripe as far as cards go, with its memory of keys, its slow search, and its failures."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from trading.billing.disputes.models import DisputeReport
from trading.billing.ports import Card, CardCharge, ChargeOrder, RefundReport, SetupSession
from trading.platform.errors import Refused

Fault = Callable[[], None]


@dataclass
class FakeStripe:
    """Customers by key, sessions and cards. `before` and `after` run on the two sides of a call's effect."""

    customers: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, SetupSession] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    search_knows: bool = False
    lock: Lock = field(default_factory=Lock)

    def create_customer(self, owner: str, *, key: str) -> str:
        """Make a customer, once a key."""
        self._enter("create_customer")
        with self.lock:
            if key not in self.keys:
                self.keys[key] = f"cus_{len(self.customers) + 1}_of_{owner}"
                self.customers[self.keys[key]] = owner
        self.after.get("create_customer", _nothing)()
        return self.keys[key]

    def find_customer(self, owner: str) -> str | None:
        """Return a person's customer, once the search has caught up."""
        self._enter("find_customer")
        found = [customer for customer, whose in self.customers.items() if whose == owner]
        return found[0] if found and self.search_knows else None

    def create_setup_session(self, customer_id: str, owner: str, success_url: str, cancel_url: str) -> SetupSession:
        """Make a session, each time another."""
        del success_url, cancel_url
        self._enter("create_setup_session")
        assert customer_id in self.customers
        session_id = f"cs_{len(self.sessions) + 1}_{owner}"
        self.sessions[session_id] = SetupSession(session_id, "https://stripe.test/", owner, None, is_complete=False)
        return self.sessions[session_id]

    def setup_session(self, session_id: str) -> SetupSession:
        """Return a session, with its card of now."""
        self._enter("setup_session")
        if session_id not in self.sessions:
            raise Refused("No such session.", code="not_found")
        session = self.sessions[session_id]
        card = self.cards[session.card.reference] if session.card else None
        return replace(session, card=card)

    def card(self, reference: str) -> Card:
        """Return a card."""
        self._enter("card")
        return self.cards[reference]

    def detach(self, reference: str) -> None:
        """Forget a card."""
        self._enter("detach")
        self.cards[reference] = replace(self.cards[reference], customer_id=None)
        self.after.get("detach", _nothing)()

    def complete(self, session_id: str, reference: str = "") -> Card:
        """Have a person give a card in a session."""
        session = self.sessions[session_id]
        customer = next(customer for customer, whose in self.customers.items() if whose == session.profile_id)
        reference = reference or f"pm_{len(self.cards) + 1}_{session_id}"
        card = Card(reference, customer, f"visa {4242 + len(self.cards)}")
        self.cards[card.reference] = card
        self.sessions[session_id] = replace(session, card=card, is_complete=True)
        return card

    def charge(self, order: ChargeOrder, *, key: str) -> CardCharge:
        """Charge nothing: nobody is charged here."""
        raise NotImplementedError

    def charge_of(self, reference: str) -> CardCharge:
        """Return nothing."""
        raise NotImplementedError

    def find_charges(self, invoice_id: str) -> tuple[CardCharge, ...]:
        """Return nothing."""
        raise NotImplementedError

    def refunds_of(self, reference: str) -> tuple[RefundReport, ...]:
        """Return nothing."""
        raise NotImplementedError

    def dispute(self, dispute_id: str) -> DisputeReport:
        """Return nothing."""
        raise NotImplementedError

    def has_customer(self, customer_id: str) -> bool:
        """Say whether a customer is there."""
        return customer_id in self.customers

    def cancel(self, reference: str) -> CardCharge:
        """Cancel nothing."""
        raise NotImplementedError

    def _enter(self, name: str) -> None:
        self.calls[name] += 1
        self.before.get(name, _nothing)()


def _nothing() -> None:
    """Do nothing."""
