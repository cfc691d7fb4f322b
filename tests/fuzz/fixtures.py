"""A sandbox in which every kind of record exists, and a way to name them to the routes."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.client import SandboxClient
from sandbox.people import Person

SIGN_IN_LASTS_SECONDS = 600
OPERATOR = {"role": "operator"}
PAGES = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
STARTS_AT = "2013-01-28T20:00:00Z"
BEFORE_THE_SESSION = "2013-02-01T14:00:00Z"
IN_THE_SESSION = "2013-02-01T14:45:00Z"

LISTS: Mapping[str, tuple[str, str]] = {
    "collection_id": ("collections", "collection_id"),
    "discrepancy_id": ("operator/discrepancies", "discrepancy_id"),
    "funding_account_id": ("funding-accounts", "funding_account_id"),
    "invoice_id": ("invoices", "invoice_id"),
    "money_flow_id": ("money-flows", "money_flow_id"),
    "payment_method_id": ("payment-methods", "payment_method_id"),
    "portfolio_id": ("portfolios", "id"),
    "trading_account_id": ("trading-accounts", "trading_account_id"),
    "unknown_id": ("operator/unknowns", "unknown_id"),
    "version_id": ("collection-versions", "version_id"),
}
"""Which list holds the ids of a parameter, and under which name."""


@dataclass
class Fixtures:
    """People, an operator, and what they have."""

    sandbox: SandboxClient
    session: requests.Session
    fixed: dict[str, list[str]] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    _ids: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return where the sandbox answers."""
        return str(self.sandbox.http.base_url).rstrip("/")

    def token(self, uid: str) -> str:
        """Return a token of somebody who signed in a short while ago."""
        made, token = self._tokens.get(uid, (float("-inf"), ""))
        if time.monotonic() - made > SIGN_IN_LASTS_SECONDS:
            token = self.sandbox.token(uid, claims=OPERATOR if uid == "operator" else {})
            self._tokens[uid] = (time.monotonic(), token)
        return token

    def new_key(self) -> str:
        """Return an idempotency key that nobody used."""
        return uuid.uuid4().hex

    def ids(self, name: str, operation: str) -> list[str]:
        """Return ids that a parameter may have; they are read once for each operation."""
        if name in self.fixed:
            return self.fixed[name]
        if (name, operation) not in self._ids:
            self._ids[name, operation] = self._read(name) if name in LISTS else []
        return self._ids[name, operation]

    def _read(self, name: str) -> list[str]:
        path, key = LISTS[name]
        token = self.token("operator" if path.startswith("operator/") else "ada")
        found = self.sandbox.api("GET", path, token=token).raise_for_status().json()["items"]
        if not found and name in SPARES:
            SPARES[name](Person(self.sandbox, "ada"))
            found = self.sandbox.api("GET", path, token=token).raise_for_status().json()["items"]
        return [str(item[key]) for item in found]


def build(sandbox: SandboxClient, session: requests.Session) -> Fixtures:
    """Take people through everything that leaves records, up to their first invoice and a session of trading."""
    sandbox.control("PUT", "market/quotes", {"AAPL": 100, "MSFT": 50, "IBM": 200, "GOOG": 400, "FB": 30})
    ada, bob = Person(sandbox, "ada"), Person(sandbox, "bob")
    for person in (ada, bob):
        bank = person.onboard(institution=f"The Bank of {person.uid}")
        person.move("deposits", 4_000_000, bank["funding_account_id"], key=f"the-deposit-of-{person.uid}-1")
    give_card(ada)
    sandbox.travel(BEFORE_THE_SESSION)
    give_portfolio(ada)
    recommended = [{"symbol": "AAPL", "predicted_return": 0.02, "volatility": 0.02, "atr": 1.5, "previous_close": 100}]
    day = {"exchange": 2, "trade_date": BEFORE_THE_SESSION[:10], "items": recommended}
    sandbox.control("PUT", "recommendations", day)
    sandbox.travel(IN_THE_SESSION)
    for index, collection_id in enumerate(("big-tech", "old-guard")):
        wanted = {"absolute_amount_delta_cents": 100_000}
        ada.call("POST", f"collections/{collection_id}/reconfigure", wanted, key=f"a-version-number-{index}")
    leave_an_unknown(bob)
    ada.call("PUT", "devices/phone-1", {"fcm_token": "a-token", "platform": "ios"})
    return Fixtures(sandbox, session, fixed=fixed_ids(ada))


def fixed_ids(ada: Person) -> dict[str, list[str]]:
    """Return the ids that no list shows."""
    link = ada.call("GET", "funding-accounts")["items"][0]
    notes = [item["notification_id"] for item in ada.call("GET", "notifications")["items"]]
    return {
        "bank_link_id": [link["bank_link_id"]] if "bank_link_id" in link else [],
        "device_id": ["phone-1", "phone-2"],
        "ids": notes,
        "profile_id": ["bob", "newcomer", "nobody"],
        "stripe_session_id": [ada.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]],
        "symbol": ["AAPL", "MSFT", "IBM"],
    }


def give_card(person: Person) -> None:
    """Add a card."""
    session = person.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
    person.sandbox.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": "ok"})
    person.call("POST", "payment-methods", {"stripe_session_id": session})


def give_portfolio(person: Person) -> None:
    """Add a portfolio that trades by itself and holds something."""
    made = person.call("POST", "portfolios", {"name": "Mine", "exchange": 2, "is_automated": True})
    bought = {"type": "BUY", "symbol": "AAPL", "quantity": "2", "price": "100.00"}
    person.call("POST", f"portfolios/{made['id']}/transactions", bought, key=f"a-purchase-{made['id']:016}")


def leave_an_unknown(person: Person) -> None:
    """Ask for a deposit whose outcome nobody learns."""
    bank = person.call("GET", "funding-accounts")["items"][0]["funding_account_id"]
    fault = {"partner": "drivewealth", "operation": "create_deposit", "fault": "drop_before", "times": 9}
    person.sandbox.control("POST", "faults", fault)
    person.move("deposits", 12_300, bank, key="the-deposit-that-nobody-knows")
    person.sandbox.control("DELETE", "faults")


SPARES: Mapping[str, Callable[[Person], Any]] = {
    "portfolio_id": give_portfolio,
    "payment_method_id": give_card,
    "funding_account_id": lambda person: person.link_bank(institution=f"The Bank of {time.monotonic_ns()}"),
}
"""How to make one more of what a DELETE takes away."""
