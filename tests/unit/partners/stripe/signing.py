"""Webhooks signed as Stripe signs them, from its own description, by a clock that does not move."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trading.partners.stripe.webhooks import StripeWebhookVerifier
from trading.platform.clock import FixedClock
from trading.platform.errors import InvalidRequest

SECRET, OLD_SECRET, FOREIGN_SECRET = "whsec_new", "whsec_old", "whsec_foreign"
SECONDS = 1_700_000_000
NOW = datetime.fromtimestamp(SECONDS, UTC)
OURS = "acct_ours"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "created": SECONDS,
    "data": {"object": {"id": "pi_1", "amount": 184, "metadata": {"invoice_id": "x", "attempt": "1"}}},
}


def body_of(**changes: Any) -> bytes:
    """Return the bytes of an event, as Stripe lays them out."""
    return json.dumps({**EVENT, **changes}, indent=2).encode()


BODY = body_of()


def digest(raw: bytes = BODY, secret: str = SECRET, at: int | str = SECONDS) -> str:
    """Return the signature of a body at a moment."""
    return hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()


def header(raw: bytes = BODY, *secrets: str, at: int | str = SECONDS) -> str:
    """Return the header that vouches for a body, with a signature for each secret in use."""
    signatures = ",".join(f"v1={digest(raw, secret, at)}" for secret in secrets or (SECRET,))
    return f"t={at},{signatures}"


def verifier(*secrets: str, livemode: bool = False, account: str = OURS) -> StripeWebhookVerifier:
    """Return a verifier that knows secrets, Stripe's new one alone if none are named."""
    known = secrets or (SECRET,)
    return StripeWebhookVerifier(lambda: known, livemode, lambda: account, FixedClock(NOW))


def assert_refused(raw: bytes, text: str, by: StripeWebhookVerifier | None = None) -> None:
    """Hold that a webhook is refused as an invalid request, and as nothing else."""
    with pytest.raises(InvalidRequest):
        (by or verifier()).verify(raw, text)
