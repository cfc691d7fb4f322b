"""Each partner hangs in turn, then is back: nobody else waits for it, nothing is lost, and what waited is done."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import FORM, Person

pytestmark = pytest.mark.e2e

DAY = "2013-02-19"
FOR_EVER, OTHERS_WAIT_SECONDS, BACK_HOURS = 10**6, 10, 26
PAGES = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
Done = Callable[[], bool]


@dataclass
class House:
    """A sandbox with a person who has an account, a bank, and a portfolio that trades by itself."""

    sandbox: SandboxClient
    ada: Person = field(init=False)
    account_id: str = field(init=False)
    portfolio: str = field(init=False)

    def __post_init__(self) -> None:
        """Have the person move in before an open, and buy at it."""
        self.ada = Person(self.sandbox, "ada")
        self.ada.apply()
        self.account_id = self._link_bank()
        made = self.ada.call("POST", "portfolios", {"name": "day", "exchange": 2, "is_automated": True})
        self.portfolio = str(made["id"])
        signal = {"predicted_return": 0.02, "volatility": 0.02, "atr": 1.5, "symbol": "AAPL", "previous_close": 100}
        self.sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": DAY, "items": [signal]})
        self.sandbox.control("PUT", "market/quotes", {"AAPL": 100})
        self.sandbox.travel(f"{DAY}T14:45:00Z")

    def _link_bank(self) -> str:
        """Link a bank; return the id of its account at Plaid."""
        account = {"name": "Checking", "mask": "0000", "balance_cents": 10_000_000}
        made = self.sandbox.control("POST", "plaid/public-tokens", {"accounts": [account]})
        link = self.ada.call("POST", "bank-links/exchange", {"public_token": made["public_token"]})
        account_id = str(link["accounts"][0]["account_id"])
        body = {"bank_link_id": link["bank_link_id"], "account_id": account_id, "account_name": "Mine"}
        self.ada.call("POST", "funding-accounts", body)
        return account_id

    def put(self, queue: str, message: object) -> None:
        """Put a message on a queue."""
        self.sandbox.control("POST", f"queues/{queue}/messages", [message])

    def pause(self, queue: str, *, paused: bool) -> None:
        """Have a queue worked off, or not."""
        self.sandbox.control("PUT", f"queues/{queue}", {"paused": paused})

    def notify(self, event_id: str) -> None:
        """Have the person notified of something, by a queue that calls no partner."""
        event = {"id": event_id, "type": "kyc_status_changed", "payload": {"owner": "ada", "status": "APPROVED"}}
        self.put("notification-events", event)

    def is_notified(self, event_id: str) -> bool:
        """Say whether the person's notification center has an event."""
        return event_id in {item["notification_id"] for item in self.ada.call("GET", "notifications")["items"]}

    def session(self) -> dict[str, Any]:
        """Return the portfolio's session of the day."""
        (found,) = self.ada.call("GET", f"portfolios/{self.portfolio}/sessions")["items"]
        return dict(found)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_sandbox(tmp_path_factory.mktemp("hanging"), start=f"{DAY}T13:00:00Z") as client:
        yield House(client)


def submission(house: House) -> Done:
    """Have a check sent to the broker, and an account reconciled."""
    bert = Person(house.sandbox, "bert")
    bert.call("PATCH", "kyc/form", FORM)
    bert.call("POST", "kyc/submissions")
    house.put("account-reconciliations", {"owner": "ada"})
    return lambda: bert.call("GET", "kyc/status")["status"] == "APPROVED"


def balance(house: House) -> Done:
    """Have a bank asked for a balance that changed."""
    house.sandbox.control("PUT", f"plaid/accounts/{house.account_id}/balance", {"balance_cents": 4_242})
    house.put("balance-refreshes", {"owner": "ada", "asked_at": house.sandbox.control("GET", "clock")["now"]})
    return lambda: house.ada.call("GET", "funding-accounts")["items"][0]["balance_cents"] == 4_242


def card(house: House) -> Done:
    """Have the webhook of a card that was given on Stripe's page worked on."""
    house.pause("stripe-events", paused=False)
    return lambda: "visa 4242" in {item["name"] for item in house.ada.call("GET", "payment-methods")["items"]}


def push(house: House) -> Done:
    """Have something pushed to a device."""
    house.notify("a-push")

    def is_pushed_once() -> bool:
        items = house.sandbox.control("GET", "firebase/messages")["items"]
        return [item["data"]["notification_id"] for item in items].count("a-push") == 1

    return is_pushed_once


def close(house: House) -> Done:
    """Have the close come, which cannot sell; return whether all was sold since."""
    house.sandbox.control("POST", "schedules/close_sessions", {"scheduled_at": f"{DAY}T20:30:00Z"})
    return lambda: (house.session()["flat"], house.session()["closed"]) == (True, 1)


def before(house: House, partner: str) -> None:
    """Make ready what cannot be done any more once a partner hangs."""
    if partner == "stripe":
        session = house.ada.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
        house.pause("stripe-events", paused=True)
        house.sandbox.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": "ok"})
    elif partner == "firebase":  # who has no access yet asks for it first, and has claimed nothing
        house.ada.call("PUT", "devices/phone", {"fcm_token": "token-of-ada", "platform": "ios"})
    elif partner == "market":
        house.sandbox.travel(f"{DAY}T20:29:00Z")
        assert house.session()["flat"] is False


@pytest.mark.parametrize(
    ("partner", "begin", "deferred"),
    [
        ("drivewealth", submission, "account-reconciliations"),
        ("plaid", balance, "balance-refreshes"),
        ("stripe", card, "stripe-events"),
        ("firebase", push, "pushes"),
        ("market", close, None),
    ],
)
def test_while_a_partner_hangs_others_are_served_and_what_waited_is_done_after_it(
    house: House, partner: str, begin: Callable[[House], Done], deferred: str | None
) -> None:
    before(house, partner)
    house.sandbox.control("POST", "faults", {"partner": partner, "operation": "*", "fault": "hang", "times": FOR_EVER})

    is_done = begin(house)
    others_done_after = seconds_until_notified(house, f"while-{partner}-hangs")
    held = house.sandbox.control("POST", "queues/drain")

    assert others_done_after < OTHERS_WAIT_SECONDS
    assert deferred is None or held["retrying"][deferred] >= 1
    assert (held["dead_letters"], is_done()) == ({}, False)
    house.sandbox.control("DELETE", "faults")
    wait_until(house, is_done)
    assert house.sandbox.control("POST", "queues/drain", {"wait_retries": True})["dead_letters"] == {}


def test_the_ledger_balances_after_all_of_it(house: House) -> None:
    assert house.sandbox.control("GET", "ledger/check")["balanced"]


def seconds_until_notified(house: House, event_id: str) -> float:
    """Return how long a notification takes, by a queue without a partner."""
    begun = time.monotonic()
    house.notify(event_id)
    while not house.is_notified(event_id) and time.monotonic() - begun < OTHERS_WAIT_SECONDS:
        pass
    return time.monotonic() - begun


def wait_until(house: House, is_done: Done) -> None:
    """Let virtual time pass until something is done, at most as long as it may take."""
    for _ in range(BACK_HOURS):
        house.ada.wait(3600)
        if is_done():
            return
    pytest.fail(f"it was not done within {BACK_HOURS} hours")
