"""Queue broker-events: hand each event of the broker, unchanged, to the queue of its family."""

from collections.abc import Callable, Mapping

from trading.funding.messages import BrokerEvent
from trading.platform.errors import InvalidRequest
from trading.platform.observability import count
from trading.platform.queue import park, send_texts, text_worker

QUEUES: Mapping[str, str] = {
    "deposits": "money-flow-events",
    "redemptions": "money-flow-events",
    "users": "account-events",
    "accounts": "account-events",
    "kyc": "account-events",
    "transactions": "account-events",
    "instruments": "account-events",
}
ACKNOWLEDGED = frozenset(
    {"orders", "statements", "documents", "bank-accounts", "bankAccounts", "positions", "dividends", "corporateActions"}
)
"""What the broker sends as well, and nothing of ours hangs on."""


def route(text: str) -> None:
    """Send one event on, acknowledge it, or park what nobody can use."""
    try:
        event = BrokerEvent.read(text)
    except InvalidRequest:
        park("broker-events", text)
        return
    if event.family in QUEUES:
        send_texts(QUEUES[event.family], [text])
    elif event.family in ACKNOWLEDGED:
        count("AcknowledgedEvents", dimensions={"family": event.family})
    else:
        park("broker-events", text)


def prepare() -> Callable[[str], object]:
    """Return the router of one event."""
    return route


lambda_handler = text_worker(prepare)
