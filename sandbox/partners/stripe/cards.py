"""The test cards, and how a charge of each of them ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Card(StrEnum):
    """A test card, by what it does."""

    OK = "ok"
    DECLINE = "decline"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED = "expired"
    AUTHENTICATION_REQUIRED = "authentication_required"
    PROCESSING = "processing"
    DISPUTE = "dispute"


@dataclass(frozen=True)
class Refusal:
    """Why a card is refused."""

    code: str
    decline_code: str | None
    message: str


LAST4: Mapping[Card, str] = {
    Card.OK: "4242",
    Card.DECLINE: "0002",
    Card.INSUFFICIENT_FUNDS: "9995",
    Card.EXPIRED: "0069",
    Card.AUTHENTICATION_REQUIRED: "3155",
    Card.PROCESSING: "0077",
    Card.DISPUTE: "0259",
}

EXPIRED_CARD = Refusal("expired_card", "expired_card", "Your card has expired.")
UNAUTHENTICATED = Refusal(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED = Refusal(
    "payment_intent_authentication_failure",
    None,
    "The provided PaymentMethod has failed authentication.",
)

REFUSALS: Mapping[Card, Refusal] = {
    Card.DECLINE: Refusal("card_declined", "generic_decline", "Your card was declined."),
    Card.INSUFFICIENT_FUNDS: Refusal("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Card.EXPIRED: EXPIRED_CARD,
}
"""The cards that are refused whenever they are charged."""
